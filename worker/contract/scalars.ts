/** The small things that every part of a configuration is made of. */
import * as v from 'valibot'
import { duration, where } from './condition.ts'
import { strict } from './strict.ts'

export const key = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'Expected a key of a-z, 0-9, "-" and "_"'),
)
export const title = v.pipe(v.string(), v.minLength(1), v.maxLength(200))
export const language = v.pipe(
  v.string(),
  v.regex(/^[a-z]{2,3}$/, 'Expected a language such as "ja"'),
)
/** The name in further languages: { "ja": "…" }. */
const names = v.optional(
  v.pipe(
    v.record(
      language,
      v.pipe(
        title,
        v.regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, 'Expected a text without control characters'),
      ),
    ),
    v.maxEntries(20),
  ),
)
/** What people call it; `name` wherever `names` has not their language. */
export const named = { name: title, names }
export const perhapsNamed = { name: v.optional(title), names }
export const note = v.optional(v.pipe(v.string(), v.maxLength(2000)))
export const instant = v.pipe(
  v.string(),
  v.check(
    (text) =>
      /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text)),
    'Expected an ISO 8601 instant with its offset, such as "2026-04-01T00:00:00+09:00"',
  ),
)
export const timeZone = v.pipe(
  v.string(),
  v.check((zone) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone })
      return true
    } catch {
      return false
    }
  }, 'Expected an IANA time zone such as "Asia/Tokyo"'),
)

export const schedule = strict({ from: v.optional(instant), until: v.optional(instant) })

const clock = v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Expected a time "21:00"'))
/** By the clock of whoever would be disturbed; past midnight where it ends before it begins. */
export const quietHours = v.pipe(
  strict({ from: clock, until: clock }),
  v.check(({ from, until }) => from !== until, 'Expected an end that is not the beginning'),
)

/** A part of everybody. */
export const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))

/** At most so many of one tag; of each tag where none is named. */
export const diversity = v.optional(
  v.pipe(
    v.array(
      strict({
        tag: v.optional(key),
        max: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(20)),
      }),
    ),
    v.maxLength(10),
  ),
  [],
)

/** Nothing more is offered once this happened: for good, or for so long. */
export const stopAfter = v.pipe(
  strict({
    goal: v.optional(key),
    event: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
    where: v.optional(where),
    for: v.optional(duration),
  }),
  v.check(
    ({ goal, event, where }) =>
      (goal === undefined) !== (event === undefined) && (goal === undefined || where === undefined),
    'Expected either "goal", or "event" with or without "where"',
  ),
)
