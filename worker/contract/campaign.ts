/** What a marketer plans as one: its policies and actions share its dates, its caps and its end. */
import * as v from 'valibot'
import { caps } from './cap.ts'
import { key, named, note, schedule, stopAfter } from './scalars.ts'
import { strict } from './strict.ts'

export const campaign = strict({
  key,
  ...named,
  description: note,
  schedule: v.optional(schedule),
  caps,
  stopAfter: v.optional(stopAfter),
})

/** Rules over all actions that carry a tag; tags without any need no entry. */
export const tag = strict({ key, ...named, caps })
