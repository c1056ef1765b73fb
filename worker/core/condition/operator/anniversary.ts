/**
 * Whether a date's anniversary is today, in this week or month, or within so
 * many days. That of the 29th of February is the 28th where there is none.
 * A date with a year has its first anniversary a year later.
 */
import type { Anniversary } from '../../../contract/condition.ts'
import { civilDate, dayOfCivil, type Calendar } from '../../calendar/calendar.ts'
import { DAY_MS } from '../../calendar/units.ts'
import { durationMs, instantMs, isDay } from '../../time.ts'
import type { CalendarOf, Value } from '../scope.ts'
import type { CompiledTest } from './test.ts'

interface Anniversaries {
  /** The year of the date itself; before any where it tells none. */
  readonly since: number
  readonly month: number
  readonly date: number
}

const FULL = /^\d{4}-\d{2}-\d{2}$/
/** "05-21", or "--05-21" as ISO 8601 once wrote it. */
const YEARLESS = /^(?:--)?(\d{2}-\d{2})$/

function read(value: Value, { zone, dayOf }: Calendar): Anniversaries | null {
  if (typeof value === 'string') {
    const yearless = YEARLESS.exec(value)?.[1]
    // A leap year has all days there are.
    const text = yearless === undefined ? value : `2000-${yearless}`
    if (FULL.test(text)) {
      if (!isDay(text)) return null
      const [year, month, date] = text.split('-').map(Number) as [number, number, number]
      return { since: yearless === undefined ? year : -Infinity, month: month - 1, date }
    }
  }
  const ms = instantMs(value, zone)
  if (ms === null) return null
  const { year, month, date } = civilDate(dayOf(ms))
  return { since: year, month, date }
}

/** The first anniversary on a day or after it. */
function firstFrom(day: number, { since, month, date }: Anniversaries): number {
  const inYear = (year: number): number => {
    const found = dayOfCivil(year, month, date)
    return civilDate(found).month === month ? found : found - 1
  }
  const { year } = civilDate(day)
  if (year <= since) return inYear(since + 1)
  const found = inYear(year)
  return found >= day ? found : inYear(year + 1)
}

/** The days looked at: from the first up to before the last. */
type Span = (calendar: Calendar, atMs: number) => readonly [from: number, until: number]

const spanOf = (wanted: Anniversary): Span => {
  if (wanted === 'today') return ({ dayOf }, atMs) => [dayOf(atMs), dayOf(atMs) + 1]
  if (typeof wanted === 'object') {
    const days = durationMs(wanted.within) / DAY_MS
    return ({ dayOf }, atMs) => [dayOf(atMs), dayOf(atMs) + days + 1]
  }
  const unit = wanted === 'this week' ? 'week' : 'month'
  return ({ at, dayOf }, atMs) => {
    const { fromMs, untilMs } = at(unit, atMs)
    return [dayOf(fromMs), dayOf(untilMs)]
  }
}

export function anniversaryOf(wanted: Anniversary, calendarOf: CalendarOf): CompiledTest {
  const span = spanOf(wanted)
  return {
    test: (value, scope) => {
      const calendar = calendarOf(scope)
      const anniversaries = read(value, calendar)
      if (anniversaries === null) return false
      const [from, until] = span(calendar, scope.nowMs)
      return firstFrom(from, anniversaries) < until
    },
    next: (value, scope) => {
      const calendar = calendarOf(scope)
      const anniversaries = read(value, calendar)
      if (anniversaries === null) return Infinity
      const [from, until] = span(calendar, scope.nowMs)
      const found = firstFrom(from, anniversaries)
      const tomorrow = calendar.dayOf(scope.nowMs) + 1
      if (found < until) return calendar.startOfDay(tomorrow)
      // Nothing happens before the first day from which the longest such span would reach it.
      const longest = wanted === 'this month' ? 31 : until - from
      return calendar.startOfDay(Math.max(tomorrow, found - longest + 1))
    },
  }
}
