/** A placement: a slot, and what its content consists of. */
import * as v from 'valibot'
import { key, note, title } from './scalars.ts'

const FIELD_KINDS = ['text', 'image', 'link', 'html'] as const
export const placement = v.strictObject({
  key,
  name: title,
  description: note,
  /** What its content consists of. */
  fields: v.record(key, v.picklist(FIELD_KINDS)),
  /** The action served when no policy yields one; without it the page's own content stays. */
  fallback: v.optional(key),
})
