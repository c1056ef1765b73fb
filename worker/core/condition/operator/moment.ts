/** `before` and `after`: a moment against another, both strictly. */
import type { Reference } from '../../../contract/condition.ts'
import { durationMs, instantMs, isRelative } from '../../time.ts'
import type { CalendarOf, PropertyReader, Scope } from '../scope.ts'
import { isReference, readerOf, type CompiledTest } from './test.ts'

/** null where there is no moment to compare with. */
type Wanted = (scope: Scope, own: PropertyReader) => number | null

/** "-30d" in milliseconds from now. */
export const relativeMs = (text: string): number =>
  durationMs(text.slice(1)) * (text.startsWith('-') ? -1 : 1)

function wantedMoment(wanted: string | Reference, calendarOf: CalendarOf): Wanted {
  if (isReference(wanted)) {
    const read = readerOf(wanted)
    return (scope, own) => instantMs(read(scope, own), calendarOf(scope).zone)
  }
  if (isRelative(wanted)) {
    const offsetMs = relativeMs(wanted)
    return ({ nowMs }) => nowMs + offsetMs
  }
  return (scope) => instantMs(wanted, calendarOf(scope).zone)
}

export function momentTest(
  side: 'before' | 'after',
  wanted: string | Reference,
  calendarOf: CalendarOf,
): CompiledTest {
  const isBefore = side === 'before'
  const momentOf = wantedMoment(wanted, calendarOf)
  const test: CompiledTest['test'] = (value, scope, own) => {
    const ms = instantMs(value, calendarOf(scope).zone)
    if (ms === null) return false
    const moment = momentOf(scope, own)
    return moment !== null && (isBefore ? ms < moment : ms > moment)
  }
  if (isReference(wanted) || !isRelative(wanted)) return { test, next: null }
  const offsetMs = relativeMs(wanted)
  return {
    test,
    next: (value, scope) => {
      const ms = instantMs(value, calendarOf(scope).zone)
      // A value is before "-30d" from a millisecond past 30 days on, and after it until 30 days.
      const turnsMs = ms === null ? Infinity : ms - offsetMs + (isBefore ? 1 : 0)
      return turnsMs > scope.nowMs ? turnsMs : Infinity
    },
  }
}
