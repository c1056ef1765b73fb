/** What part of time an event leaf looks at, and when that part moves on. */
import type { Between, Window } from '../../contract/condition.ts'
import { rolling, type Span } from '../aggregate/span.ts'
import { namedPeriod, type NamedPeriod } from '../calendar/period-name.ts'
import type { Zone } from '../calendar/zone.ts'
import { DAY_MS } from '../calendar/units.ts'
import { durationMs, instantMs, isRelative } from '../time.ts'
import type { Facts } from './facts.ts'
import { relativeMs } from './operator/moment.ts'
import { calendarFor, type Setting } from './scope.ts'
import { sessionWindow } from './session.ts'

/** From a moment up to before another; nothing later than now is in it. */
export interface Range {
  readonly fromMs: number
  readonly untilMs: number
}

/** What was before a window is not in it again; what is yet to come may be, even of one that is empty. */
export const isGone = ({ nowMs }: Facts, { fromMs }: Range, timestampMs: number): boolean =>
  timestampMs < fromMs && timestampMs <= nowMs

export interface CompiledWindow {
  readonly range: (facts: Facts) => Range
  /** When an event of that time next enters or leaves, as long as the window does not turn. */
  readonly nextOfEvent: (facts: Facts, timestampMs: number) => number
  /** When the window next becomes another; Infinity for one that glides or stays. */
  readonly nextTurnMs: (facts: Facts) => number
  /** The buckets in which what happened can be kept; null where only recent events can tell. */
  readonly span: Span | null
  /** Those read now, first and last. */
  readonly buckets: (facts: Facts) => readonly [first: number, last: number]
  /** When a bucket next enters or leaves. */
  readonly nextOfBucket: (facts: Facts, bucket: number) => number
  /** When nothing as old as `floorMs` is in the window any more. */
  readonly outgrowsMs: (facts: Facts, floorMs: number) => number
  /** Why what is far back is not kept in buckets; null where nothing needs to be. */
  readonly unkept: string | null
}

const never = (): number => Infinity
const onlyBucket = (): readonly [number, number] => [0, 0]
const later = ({ nowMs }: Facts, ms: number): number => (ms > nowMs ? ms : Infinity)

const EVER: CompiledWindow = {
  range: ({ nowMs }) => ({ fromMs: -Infinity, untilMs: nowMs + 1 }),
  nextOfEvent: later,
  nextTurnMs: never,
  span: { kind: 'ever' },
  buckets: onlyBucket,
  nextOfBucket: never,
  outgrowsMs: never,
  unkept: null,
}

export function compileWindow(leaf: Window, setting: Setting): CompiledWindow {
  if (leaf.last !== undefined) {
    return gliding(durationMs(leaf.last), 0)
  }
  if (leaf.between !== undefined) return betweenWindow(leaf.between, leaf.zone, setting)
  if (leaf.in === undefined) return EVER
  if (leaf.in === 'this session') return sessionWindow
  return periodWindow(namedPeriod(leaf.in) as NamedPeriod, leaf, setting)
}

/** Open at its start: what is exactly as old as that is outside. */
function gliding(fromAgoMs: number, untilAgoMs: number): CompiledWindow {
  const span = rolling(fromAgoMs) as Extract<Span, { kind: 'rolling' }>
  const { bucketMs } = span
  const next = (facts: Facts, entersMs: number, leavesMs: number): number =>
    Math.min(later(facts, entersMs), later(facts, leavesMs))
  return {
    range: ({ nowMs }) => ({ fromMs: nowMs - fromAgoMs + 1, untilMs: nowMs - untilAgoMs + 1 }),
    nextOfEvent: (facts, ms) => next(facts, ms + untilAgoMs, ms + fromAgoMs),
    nextTurnMs: never,
    span,
    buckets: ({ nowMs }) => [
      Math.floor((nowMs - fromAgoMs + 1) / bucketMs),
      Math.floor((nowMs - untilAgoMs) / bucketMs),
    ],
    nextOfBucket: (facts, bucket) =>
      next(facts, bucket * bucketMs + untilAgoMs, (bucket + 1) * bucketMs + fromAgoMs - 1),
    outgrowsMs: (facts, floorMs) => later(facts, floorMs + fromAgoMs),
    unkept: null,
  }
}

const VISITOR = 'days are the visitor’s own, which buckets do not know'
const OFFSET = /(?:Z|[+-]\d{2}:?\d{2})$/

function betweenWindow(
  [from, until]: Between,
  zone: string | undefined,
  setting: Setting,
): CompiledWindow {
  if (isRelative(from)) {
    return gliding(-relativeMs(from), Math.max(0, -relativeMs(until)))
  }
  const calendarOf = calendarFor(setting, zone)
  const bounds = (of: Zone): Range => ({
    fromMs: instantMs(from, of) as number,
    // A bare date is a whole day.
    untilMs:
      until.length === 10
        ? of.momentOf(Date.parse(until) + DAY_MS)
        : (instantMs(until, of) as number),
  })
  const isVisitors =
    zone === 'visitor' && [from, until].some((text) => text.length === 10 || !OFFSET.test(text))
  const { fromMs, untilMs } = bounds(setting.calendar.zone)
  return {
    ...EVER,
    range: (facts) => {
      const range = isVisitors ? bounds(calendarOf(facts).zone) : { fromMs, untilMs }
      return { fromMs: range.fromMs, untilMs: Math.min(range.untilMs, facts.nowMs + 1) }
    },
    span: isVisitors ? null : { kind: 'fixed', fromMs, untilMs },
    unkept: isVisitors ? VISITOR : null,
  }
}

function periodWindow(
  { unit, back }: NamedPeriod,
  { zone }: Window,
  setting: Setting,
): CompiledWindow {
  const calendarOf = calendarFor(setting, zone)
  const current = (facts: Facts) => calendarOf(facts).at(unit, facts.nowMs)
  const isVisitors = zone === 'visitor'
  const turn = (facts: Facts): number => current(facts).untilMs
  return {
    range: (facts) => {
      const calendar = calendarOf(facts)
      const now = calendar.at(unit, facts.nowMs)
      const { fromMs, untilMs } = back === 0 ? now : calendar.numbered(unit, now.number - back)
      return { fromMs, untilMs: Math.min(untilMs, facts.nowMs + 1) }
    },
    nextOfEvent: later,
    nextTurnMs: turn,
    span: isVisitors ? null : { kind: 'period', unit, back, calendar: setting.calendar },
    buckets: (facts) => {
      const number = current(facts).number - back
      return [number, number]
    },
    nextOfBucket: (facts, bucket) =>
      bucket >= current(facts).number - back ? turn(facts) : Infinity,
    outgrowsMs: turn,
    unkept: isVisitors ? VISITOR : null,
  }
}
