/** How often a person may meet something. */
import * as v from 'valibot'
import { duration } from './condition.ts'

/** At most `max` per person within a rolling window, or ever. */
export const cap = v.strictObject({
  of: v.optional(v.picklist(['impression', 'click']), 'impression'),
  max: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)),
  per: v.union([v.literal('lifetime'), duration]),
})
