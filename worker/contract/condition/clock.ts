/** What the clock on the wall says now, in the workspace or where the visitor is. */
import * as v from 'valibot'
import { zone, type ZoneOf } from './moment.ts'
import { byValue, treeOf, type Kind } from './schema.ts'
import { strict } from '../strict.ts'

const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const
export type Weekday = (typeof WEEKDAYS)[number]

export type ClockLeaf =
  | {
      readonly clock: 'time'
      /** "22:00", "06:00": across midnight; the second is no longer in it. */
      readonly between: readonly [string, string]
      readonly zone?: ZoneOf
    }
  | { readonly clock: 'weekday'; readonly in: readonly Weekday[]; readonly zone?: ZoneOf }
  | {
      readonly clock: 'date'
      /** "2026-12-24", or "12-24" of any year; both are in it. */
      readonly between: readonly [string, string]
      readonly zone?: ZoneOf
    }

const time = v.pipe(
  v.string(),
  v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Expected a time of day such as "09:30"'),
)
const date = v.pipe(
  v.string(),
  v.regex(
    /^(\d{4}-)?(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/,
    'Expected a date such as "2026-12-24", or "12-24" for every year',
  ),
)
const zoned = { zone: v.optional(zone) }

/** What a clock can tell. */
export const clockBranches: readonly Kind[] = [
  byValue(
    'clock',
    'time',
    strict({
      clock: v.literal('time'),
      between: v.tuple([time, time], 'Expected two times of day: [from, until]'),
      ...zoned,
    }),
  ),
  byValue(
    'clock',
    'weekday',
    strict({
      clock: v.literal('weekday'),
      in: v.pipe(v.array(v.picklist(WEEKDAYS), 'Expected a list of weekdays'), v.minLength(1)),
      ...zoned,
    }),
  ),
  byValue(
    'clock',
    'date',
    v.pipe(
      strict({
        clock: v.literal('date'),
        between: v.tuple([date, date], 'Expected two dates: [first, last]'),
        ...zoned,
      }),
      v.check(
        ({ between: [from, until] }) => from.length === until.length,
        'Expected two dates with a year, or two without',
      ),
      v.check(
        ({ between: [from, until] }) => from.length < 10 || from <= until,
        'Expected the first date not after the second',
      ),
    ),
  ),
]
export const clockLeaf = treeOf<ClockLeaf>(
  () => clockBranches,
  'Expected "clock" to be one of: time, weekday, date',
)
