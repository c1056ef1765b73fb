/** Moments as people type them. */
import { InvalidArgumentError } from 'commander'

const FORM = /^\d{4}-\d\d-\d\d(?:T\d\d(?::\d\d(?::\d\d(?:\.\d{1,3})?)?)?(?:Z|[+-]\d\d:\d\d)?)?$/

/** 2026-11-22, 2026-11-22T09, 2026-11-22T09:30+09:00: UTC unless it says otherwise. As ISO 8601. */
export function moment(text: string): string {
  const [, date = '', hour, rest = '', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d)((?::\d\d)*(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? []
  const whole = hour === undefined ? `${date}T00:00Z` : `${date}T${hour}${rest || ':00'}${zone}`
  const ms = FORM.test(text) ? Date.parse(whole) : NaN
  if (Number.isNaN(ms)) {
    throw new InvalidArgumentError('Expected a moment such as 2026-11-22 or 2026-11-22T09:30Z.')
  }
  return new Date(ms).toISOString()
}
