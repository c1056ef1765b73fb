/** A placement: a slot, and what its content consists of. */
import * as v from 'valibot'
import { caps, CHANNELS } from './cap.ts'
import { key, named, note, quietHours } from './scalars.ts'
import { strict } from './strict.ts'

const FIELD_KINDS = ['text', 'image', 'link', 'html'] as const

const FLAG_TYPES = ['object', 'list', 'string', 'number', 'boolean'] as const
/** How OpenFeature clients read it: docs/ofrep.md */
const flag = v.pipe(
  strict({
    /** `object`: the best item's content. `list`: every item. The others: one field's text. */
    type: v.picklist(FLAG_TYPES),
    field: v.optional(key),
  }),
  v.check(
    ({ type, field }) => (type === 'object' || type === 'list') === (field === undefined),
    'Expected a "field" for string, number and boolean, and none for object and list',
  ),
)

export const placement = strict({
  key,
  ...named,
  description: note,
  channel: v.optional(v.picklist(CHANNELS), 'web'),
  /** `none`: it goes out without the channel's consent, as a receipt may. */
  consent: v.optional(v.literal('none')),
  /** No message goes out then; the workspace's unless given. */
  quietHours: v.optional(quietHours),
  /** Over whatever is chosen here. */
  caps,
  /** What its content consists of. */
  fields: v.record(key, v.picklist(FIELD_KINDS)),
  /** The action served when no policy yields one; without it the page's own content stays. */
  fallback: v.optional(key),
  /** What it is as an OpenFeature flag: an object unless said; false: it is none. */
  flag: v.optional(v.union([v.literal(false), flag])),
})
