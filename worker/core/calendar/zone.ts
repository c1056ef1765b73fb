/**
 * Local time in IANA zones, exact across changes of the clock, from nothing but
 * the moment asked about. Intl knows the rules but takes microseconds to say
 * so: it is asked twice for each UTC day, and to the millisecond where the
 * clock changes within it.
 */
import { DAY_MS, HOUR_MS } from './units.ts'

export interface Zone {
  /** IANA name, in its canonical spelling. */
  readonly name: string
  /** What local time is ahead of UTC at a moment. */
  offsetMs(atMs: number): number
  /** Until when the offset surely stays what it is then; at most a day later. */
  steadyUntilMs(atMs: number): number
  /**
   * The first moment at which local time is `localMs` (as if UTC) or later: of
   * a time that comes twice the earlier, of one that never comes the next there is.
   */
  momentOf(localMs: number): number
}

/** A stretch of one offset, at most a UTC day long. */
interface Stretch {
  readonly untilMs: number
  readonly offsetMs: number
}

/** Nobody's clock is further than that from UTC. */
const FURTHEST_MS = 15 * HOUR_MS
/** Intl tells years before Christ from those after by their era alone. */
const EARLIEST_MS = Date.UTC(1000, 0)
const KEPT_DAYS = 2000

function clockOf(format: Intl.DateTimeFormat): (atMs: number) => number {
  return (atMs) => {
    const secondMs = Math.floor(Math.max(atMs, EARLIEST_MS) / 1000) * 1000
    // "3/1/2026, 21:00:00"
    const [month, day, year, hour, minute, second] = (
      format.format(secondMs).match(/\d+/g) as string[]
    ).map(Number) as [number, number, number, number, number, number]
    return Date.UTC(year, month - 1, day, hour, minute, second) - secondMs
  }
}

function zoneOf(name: string, offsetNow: (atMs: number) => number): Zone {
  const days = new Map<number, readonly Stretch[]>()

  function stretchesOf(day: number): readonly Stretch[] {
    const known = days.get(day)
    if (known !== undefined) return known
    const [startMs, endMs] = [day * DAY_MS, (day + 1) * DAY_MS]
    const [before, after] = [offsetNow(startMs), offsetNow(endMs)]
    const stretches: Stretch[] = [{ untilMs: endMs, offsetMs: after }]
    if (before !== after) {
      let [low, high] = [startMs, endMs]
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2)
        if (offsetNow(middle) === before) low = middle
        else high = middle
      }
      stretches.unshift({ untilMs: high, offsetMs: before })
    }
    if (days.size >= KEPT_DAYS) days.clear()
    days.set(day, stretches)
    return stretches
  }

  function stretchAt(atMs: number): Stretch {
    const [first, second] = stretchesOf(Math.floor(atMs / DAY_MS)) as [Stretch, Stretch?]
    return second === undefined || atMs < first.untilMs ? first : second
  }

  return {
    name,
    offsetMs: (atMs) => stretchAt(atMs).offsetMs,
    steadyUntilMs: (atMs) => stretchAt(atMs).untilMs,
    momentOf: (localMs) => {
      let atMs = localMs - FURTHEST_MS
      for (;;) {
        const { untilMs, offsetMs } = stretchAt(atMs)
        const moment = Math.max(atMs, localMs - offsetMs)
        if (moment < untilMs) return moment
        atMs = untilMs
      }
    },
  }
}

export const UTC: Zone = {
  name: 'UTC',
  offsetMs: () => 0,
  steadyUntilMs: () => Infinity,
  momentOf: (localMs) => localMs,
}

const KEPT_ZONES = 1000
const LONGEST_NAME = 64
const zones = new Map<string, Zone | null>([['UTC', UTC]])

/** null where there is no such zone. Names come from visitors, too: few are remembered. */
export function zoneNamed(name: string): Zone | null {
  const known = zones.get(name)
  if (known !== undefined) return known
  if (name.length > LONGEST_NAME) return null
  if (zones.size >= KEPT_ZONES) zones.clear()
  const zone = newZone(name)
  zones.set(name, zone)
  return zone
}

function newZone(name: string): Zone | null {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    // Intl throws at what is no zone.
    return null
  }
  const canonical = format.resolvedOptions().timeZone
  if (canonical === 'UTC') return UTC
  const standing = canonical === name ? undefined : zones.get(canonical)
  return standing ?? zoneOf(canonical, clockOf(format))
}
