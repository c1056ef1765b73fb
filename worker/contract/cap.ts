/** How often a person may meet something. */
import * as v from 'valibot'
import { duration } from './condition.ts'
import { strict } from './strict.ts'

/** Channels that come to the person, who must have agreed. */
export const PERSON_CHANNELS = ['email', 'line', 'push', 'sms'] as const
export const CHANNELS = ['web', 'app', 'staff', ...PERSON_CHANNELS] as const
export type Channel = (typeof CHANNELS)[number]

export const EXPOSURE_KINDS = ['served', 'impression', 'click', 'dismiss'] as const
export const CALENDAR_UNITS = ['hour', 'day', 'week', 'month'] as const
export type CalendarUnit = (typeof CALENDAR_UNITS)[number]

const entries = {
  /**
   * `served` is exact over any number of parallel requests, and costs a second
   * trip to the store; the others are counted when they are reported.
   */
  of: v.optional(v.picklist(EXPOSURE_KINDS), 'impression'),
  /** At most so many … */
  max: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000))),
  /**
   * … in a window that rolls along ("24h"), in a calendar unit of the
   * workspace's time zone ("day"), in a session, or ever.
   */
  per: v.optional(
    v.union([v.literal('lifetime'), v.literal('session'), v.picklist(CALENDAR_UNITS), duration]),
  ),
  /** Instead of the two: once, and not again for so long. */
  notAgainWithin: v.optional(duration),
}

interface Limits {
  readonly max?: number | undefined
  readonly per?: string | undefined
  readonly notAgainWithin?: string | undefined
}
const isWhole = ({ max, per, notAgainWithin }: Limits): boolean =>
  notAgainWithin === undefined
    ? max !== undefined && per !== undefined
    : max === undefined && per === undefined
const EITHER = 'Expected either "max" and "per", or "notAgainWithin"'

export const cap = v.pipe(
  strict(entries),
  v.check((limits) => isWhole(limits), EITHER),
)
export type CapConfig = v.InferOutput<typeof cap>

export const caps = v.optional(v.pipe(v.array(cap), v.maxLength(4)), [])

/** A cap over everything, or over all placements of one channel. */
export const workspaceCap = v.pipe(
  strict({ ...entries, channel: v.optional(v.picklist(CHANNELS)) }),
  v.check((limits) => isWhole(limits), EITHER),
)
