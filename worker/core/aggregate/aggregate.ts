/**
 * Computed traits: a measure over the events that pass a filter, within a
 * window, kept in sparse buckets. Buckets leave when no window reaches them,
 * as measured from the greatest folded time and never from a clock.
 */
import type { JsonValue } from '../../contract/message.ts'
import type { PropertyReader } from '../condition/where.ts'
import { MEASURES, type Cell, type Compute, type Measure } from './measure.ts'

/** What a release asks of a profile; equal asks share one state under one id. */
export interface AggregateNeed {
  readonly id: string
  readonly event: string
  readonly compute: Compute
  /** What is measured; null for a plain count. */
  readonly property: string | null
  /** Whether an event's properties pass; events of other names are not asked. */
  readonly passes: (properties: PropertyReader, timestampMs: number) => boolean
  /** Infinity is for life: one bucket that never leaves. */
  readonly windowMs: number
  readonly bucketMs: number
}

/** [complete since (epoch ms), bucket, cell, bucket, cell, …], oldest first. */
export type AggregateState = readonly [sinceMs: number, ...(number | Cell)[]]

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** Fine enough that a window has some twenty buckets, coarse enough that it has at most 400. */
export const bucketOf = (windowMs: number): number =>
  windowMs <= 2 * HOUR_MS ? MINUTE_MS : windowMs <= 3 * DAY_MS ? HOUR_MS : DAY_MS

const indexOf = ({ windowMs, bucketMs }: AggregateNeed, timestampMs: number): number =>
  windowMs === Infinity ? 0 : Math.floor(timestampMs / bucketMs)

/** The first bucket that a window ending at `atMs` reaches into. */
const floorOf = ({ windowMs, bucketMs }: AggregateNeed, atMs: number): number =>
  windowMs === Infinity ? 0 : Math.floor((atMs - windowMs) / bucketMs)

export const emptyState = (sinceMs: number): AggregateState => [sinceMs]

/** Adds one event. */
export function addEvent(
  state: AggregateState,
  need: AggregateNeed,
  read: PropertyReader,
  timestampMs: number,
  digest: string,
): AggregateState {
  if (!need.passes(read, timestampMs)) return state
  const value = need.property === null ? undefined : read(need.property)
  const cell = MEASURES[need.compute].of(value, timestampMs, digest)
  return cell === null
    ? state
    : joinStates(state, [state[0], indexOf(need, timestampMs), cell], need)
}

/** Two people's states as one; complete since the later of the two. */
export function joinStates(
  a: AggregateState,
  b: AggregateState,
  need: AggregateNeed,
): AggregateState {
  const measure = MEASURES[need.compute]
  const joined: (number | Cell)[] = []
  let i = 1
  let j = 1
  while (i < a.length || j < b.length) {
    const x = i < a.length ? (a[i] as number) : Infinity
    const y = j < b.length ? (b[j] as number) : Infinity
    if (x === y) joined.push(x, measure.join(a[i + 1] as Cell, b[j + 1] as Cell))
    else if (x < y) joined.push(x, a[i + 1] as Cell)
    else joined.push(y, b[j + 1] as Cell)
    if (x <= y) i += 2
    if (y <= x) j += 2
  }
  return [Math.max(a[0], b[0]), ...joined]
}

/** Without the buckets that no window reaches, seen from the greatest folded time. */
export function settleState(
  state: AggregateState,
  need: AggregateNeed,
  greatestMs: number,
): AggregateState {
  const floor = floorOf(need, greatestMs)
  let from = 1
  while (from < state.length && (state[from] as number) < floor) from += 2
  return from === 1 ? state : [state[0], ...state.slice(from)]
}

export interface AggregateValue {
  readonly value: JsonValue | undefined
  /** Estimated: more distinct values than are kept. */
  readonly sampled?: boolean
  /** Not every event of the window was seen: it was published later. */
  readonly partial?: boolean
}

/** The measure over the window that ends now, in whole buckets: the oldest one counts whole. */
export function readState(
  state: AggregateState | undefined,
  need: AggregateNeed,
  nowMs: number,
): AggregateValue {
  const measure: Measure = MEASURES[need.compute]
  if (state === undefined) return measure.read(null)
  const floor = floorOf(need, nowMs)
  const ceiling = indexOf(need, nowMs)
  let cell: Cell | null = null
  for (let i = 1; i < state.length; i += 2) {
    const bucket = state[i] as number
    if (bucket < floor || bucket > ceiling) continue
    cell = cell === null ? (state[i + 1] as Cell) : measure.join(cell, state[i + 1] as Cell)
  }
  const startMs = need.windowMs === Infinity ? 0 : nowMs - need.windowMs
  return { ...measure.read(cell), ...(state[0] > startMs ? { partial: true } : {}) }
}

/** The next moment after `atMs` at which a bucket enters or leaves the window; Infinity if none will. */
export function nextBucketMs(state: AggregateState, need: AggregateNeed, atMs: number): number {
  if (need.windowMs === Infinity) return Infinity
  let next = Infinity
  for (let i = 1; i < state.length; i += 2) {
    const startMs = (state[i] as number) * need.bucketMs
    const goneMs = startMs + need.bucketMs + need.windowMs
    if (startMs > atMs && startMs < next) next = startMs
    if (goneMs > atMs && goneMs < next) next = goneMs
  }
  return next
}

/** The largest state, in bytes of JSON: what publish adds up. */
export function worstStateBytes({ id, windowMs, bucketMs, compute }: AggregateNeed): number {
  const buckets = windowMs === Infinity ? 1 : Math.ceil(windowMs / bucketMs) + 1
  return id.length + 20 + buckets * (10 + MEASURES[compute].bytes)
}
