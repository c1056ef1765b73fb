/**
 * Hours, days, weeks and months of a time zone, as its clocks show them. A day
 * of 23 or 25 hours is one day; where a clock jumps over midnight, the day
 * begins with the first moment after the jump.
 */
import type { CalendarUnit } from '../contract/cap.ts'

const SECOND_MS = 1000
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The longest a unit can be: a day or more may have an hour too many. */
export const LONGEST_UNIT_MS: Readonly<Record<CalendarUnit, number>> = {
  hour: 3_600_000,
  day: 25 * 3_600_000,
  week: 7 * DAY_MS + 3_600_000,
  month: 31 * DAY_MS + 3_600_000,
}

export interface Zone {
  /** The start of the unit that a moment lies in. */
  startOf(unit: CalendarUnit, ms: number): number
  /** The start of the next one. */
  endOf(unit: CalendarUnit, ms: number): number
  /** Minutes since midnight by the clock. */
  minuteOfDay(ms: number): number
  /** The next moment after `ms` at which the clock shows so many minutes after midnight, or has just jumped over it. */
  nextMinuteOfDay(minute: number, ms: number): number
  /** "2026-03-29T08:00:00+02:00" */
  iso(ms: number): string
}

/** @param name an IANA time zone; null when there is none of that name */
export function zoneOf(name: string): Zone | null {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    // RangeError: no such zone.
    return null
  }

  /** What the clock shows, as if it were UTC. */
  const wallOf = (ms: number): number => {
    const shown: Record<string, number> = {}
    for (const { type, value } of format.formatToParts(ms)) shown[type] = Number(value)
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown
    return Date.UTC(year, month - 1, day, hour, minute, second) + modulo(ms, SECOND_MS)
  }

  /** The first moment at which the clock shows this or later: clocks that go back show a time twice. */
  const firstAt = (wall: number): number => {
    // The offsets half a day before and after: at most one change lies between.
    const before = wallOf(wall - DAY_MS) - (wall - DAY_MS)
    const after = wallOf(wall + DAY_MS) - (wall + DAY_MS)
    const [early, late] = [wall - Math.max(before, after), wall - Math.min(before, after)]
    if (wallOf(early) === wall) return early
    if (wallOf(late) === wall) return late
    // A time that no clock shows: the change itself is the first moment after it.
    let [low, high] = [early, late]
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (wallOf(middle) >= wall) high = middle
      else low = middle
    }
    return high
  }

  const startingWall = (unit: CalendarUnit, wall: number): number => {
    const midnight = wall - modulo(wall, DAY_MS)
    switch (unit) {
      case 'hour':
        return wall - modulo(wall, LONGEST_UNIT_MS.hour)
      case 'day':
        return midnight
      case 'week':
        // Weeks begin on Mondays (ISO 8601); the first day of 1970 was a Thursday.
        return midnight - modulo(midnight / DAY_MS + 3, 7) * DAY_MS
      case 'month': {
        const date = dateOf(wall)
        return Date.UTC(date.year, date.month, 1)
      }
    }
  }

  const nextWall = (unit: CalendarUnit, start: number): number => {
    if (unit === 'month') {
      const date = dateOf(start)
      return Date.UTC(date.year, date.month + 1, 1)
    }
    return start + (unit === 'hour' ? LONGEST_UNIT_MS.hour : unit === 'day' ? DAY_MS : 7 * DAY_MS)
  }

  const startOf: Zone['startOf'] = (unit, ms) => {
    const wall = wallOf(ms)
    // An hour that clocks show twice is two hours.
    if (unit === 'hour') return ms - (wall - startingWall(unit, wall))
    return Math.min(ms, firstAt(startingWall(unit, wall)))
  }

  return {
    startOf,
    endOf: (unit, ms) => {
      const start = startOf(unit, ms)
      if (unit === 'hour') return start + LONGEST_UNIT_MS.hour
      return firstAt(nextWall(unit, startingWall(unit, wallOf(ms))))
    },
    minuteOfDay: (ms) => Math.floor(modulo(wallOf(ms), DAY_MS) / MINUTE_MS),
    nextMinuteOfDay: (minute, ms) => {
      const wall = wallOf(ms)
      const today = wall - modulo(wall, DAY_MS) + minute * MINUTE_MS
      const at = firstAt(today)
      return at > ms ? at : firstAt(today + DAY_MS)
    },
    iso: (ms) => {
      const wall = wallOf(ms)
      const offset = Math.round((wall - ms) / MINUTE_MS)
      const two = (n: number): string => String(n).padStart(2, '0')
      const sign = offset < 0 ? '-' : '+'
      const shown = Math.abs(offset)
      return `${isoOf(wall)}${sign}${two(Math.floor(shown / 60))}:${two(shown % 60)}`
    },
  }
}

const modulo = (n: number, of: number): number => ((n % of) + of) % of

function dateOf(wall: number): { readonly year: number; readonly month: number } {
  const date = new Date(wall)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() }
}

const isoOf = (wall: number): string => new Date(wall).toISOString().slice(0, 19)

const MOST_ZONES = 64

/**
 * Zones by name, made once: making one takes as long as some hundred look-ups.
 * What a unit's start was asked for last is remembered too.
 */
export function zoneBook(): (name: string) => Zone | null {
  const known = new Map<string, Zone | null>()
  return (name) => {
    let zone = known.get(name)
    if (zone === undefined) {
      zone = zoneOf(name)
      if (zone !== null) zone = steady(zone)
      // Names come from browsers, so their number is bounded.
      if (known.size >= MOST_ZONES) known.clear()
      known.set(name, zone)
    }
    return zone
  }
}

function steady(zone: Zone): Zone {
  const last = new Map<CalendarUnit, { readonly from: number; readonly until: number }>()
  const unitOf = (unit: CalendarUnit, ms: number) => {
    const known = last.get(unit)
    if (known !== undefined && ms >= known.from && ms < known.until) return known
    const asked = { from: zone.startOf(unit, ms), until: zone.endOf(unit, ms) }
    last.set(unit, asked)
    return asked
  }
  return {
    ...zone,
    startOf: (unit, ms) => unitOf(unit, ms).from,
    endOf: (unit, ms) => unitOf(unit, ms).until,
  }
}
