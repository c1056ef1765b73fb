/** The small things that every part of a configuration is made of. */
import * as v from 'valibot'

export const key = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'Expected a key of a-z, 0-9, "-" and "_"'),
)
export const title = v.pipe(v.string(), v.minLength(1), v.maxLength(200))
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

export const schedule = v.strictObject({ from: v.optional(instant), until: v.optional(instant) })
