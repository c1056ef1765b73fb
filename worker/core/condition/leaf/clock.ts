/** Time of day, weekday and date, by the workspace's clock or the visitor's. */
import type { ClockLeaf } from '../../../contract/condition.ts'
import { civilDate } from '../../calendar/calendar.ts'
import { DAY_MS, MINUTE_MS } from '../../calendar/units.ts'
import type { Zone } from '../../calendar/zone.ts'
import type { Facts } from '../facts.ts'
import { nextFlip } from '../next-change.ts'
import { calendarFor, type Setting } from '../scope.ts'
import type { CompiledLeaf } from './leaf.ts'

interface Face {
  /** What it shows at a local time, in milliseconds as if UTC. */
  readonly read: (localMs: number) => string
  readonly holds: (localMs: number) => boolean
  /** Milliseconds of the local day at which that can change. */
  readonly turns: readonly number[]
}

/** The 1st of January 1970 was a Thursday. */
const FROM_THURSDAY = [
  'thursday',
  'friday',
  'saturday',
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
] as const

const dayOf = (localMs: number): number => Math.floor(localMs / DAY_MS)
const ofDay = (localMs: number): number => localMs - dayOf(localMs) * DAY_MS

function faceOf(leaf: ClockLeaf): Face {
  if (leaf.clock === 'weekday') {
    const wanted = new Set<string>(leaf.in)
    const read = (localMs: number): string =>
      FROM_THURSDAY[((dayOf(localMs) % 7) + 7) % 7] as string
    return { read, holds: (localMs) => wanted.has(read(localMs)), turns: [0] }
  }
  const [from, until] = leaf.between
  if (leaf.clock === 'time') {
    const [fromMs, untilMs] = [timeOfDay(from), timeOfDay(until)]
    return {
      read: (localMs) => new Date(ofDay(localMs)).toISOString().slice(11, 16),
      holds: (localMs) => {
        const at = ofDay(localMs)
        return fromMs <= untilMs ? at >= fromMs && at < untilMs : at >= fromMs || at < untilMs
      },
      turns: [fromMs, untilMs],
    }
  }
  const read = (localMs: number): string => {
    const { year, month, date } = civilDate(dayOf(localMs))
    const ofYear = `${two(month + 1)}-${two(date)}`
    return from.length === 5 ? ofYear : `${String(year).padStart(4, '0')}-${ofYear}`
  }
  return {
    read,
    holds: (localMs) => {
      const today = read(localMs)
      return from <= until ? today >= from && today <= until : today >= from || today <= until
    },
    turns: [0],
  }
}

const two = (n: number): string => String(n).padStart(2, '0')

/** "09:30" */
function timeOfDay(text: string): number {
  const [hours, minutes] = text.split(':').map(Number) as [number, number]
  return (hours * 60 + minutes) * MINUTE_MS
}

/** The first turn after a moment, or where the clock itself may be changed. */
function nextTurn(turns: readonly number[], zone: Zone, atMs: number): number {
  const at = ofDay(atMs + zone.offsetMs(atMs))
  return turns.reduce(
    (next, turn) => Math.min(next, atMs + (turn > at ? turn - at : turn - at + DAY_MS)),
    zone.steadyUntilMs(atMs),
  )
}

export function clockLeaf(leaf: ClockLeaf, setting: Setting): CompiledLeaf {
  const face = faceOf(leaf)
  const calendarOf = calendarFor(setting, leaf.zone)
  const localOf = (facts: Facts): number =>
    facts.nowMs + calendarOf(facts).zone.offsetMs(facts.nowMs)
  const holds = (facts: Facts): boolean => face.holds(localOf(facts))
  const wanted =
    leaf.clock === 'weekday' ? `in ${leaf.in.join(', ')}` : `between ${leaf.between.join(' and ')}`
  return {
    holds,
    trace: (facts) => ({
      condition: `clock ${leaf.clock} ${wanted}`,
      holds: holds(facts),
      seen: `${face.read(localOf(facts))} ${calendarOf(facts).zone.name}`,
    }),
    nextChangeMs: (facts) =>
      nextFlip(facts, holds, (at) => nextTurn(face.turns, calendarOf(at).zone, at.nowMs)),
  }
}
