/**
 * Computed traits: a measure over the events that pass a filter, within a
 * window, kept in sparse buckets. Buckets leave when no window reaches them,
 * as measured from the greatest folded time and never from a clock.
 */
import type { JsonValue } from '../../contract/message.ts'
import type { PropertyReader } from '../condition/scope.ts'
import { bucketAt, bucketBytes, floorAt, mostBuckets, startMs, type Span } from './span.ts'
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
  readonly span: Span
  /**
   * Asked by a condition, not declared: kept from when the recent events hold
   * no longer everything, and of events as these keep them.
   */
  readonly onDemand: boolean
}

/** [complete since (epoch ms), bucket, cell, bucket, cell, …], oldest first. */
export type AggregateState = readonly [sinceMs: number, ...(number | Cell)[]]

export const emptyState = (sinceMs: number): AggregateState => [sinceMs]

/** Adds one event. */
export function addEvent(
  state: AggregateState,
  need: AggregateNeed,
  read: PropertyReader,
  timestampMs: number,
  digest: string,
): AggregateState {
  const bucket = bucketAt(need.span, timestampMs)
  if (bucket === null || !need.passes(read, timestampMs)) return state
  const value = need.property === null ? undefined : read(need.property)
  const cell = MEASURES[need.compute].of(value, timestampMs, digest)
  return cell === null ? state : joinStates(state, [state[0], bucket, cell], need)
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
  const floor = floorAt(need.span, greatestMs)
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

/** The measure over the span that ends now, in whole buckets: the oldest one counts whole. */
export function readState(
  state: AggregateState | undefined,
  need: AggregateNeed,
  nowMs: number,
): AggregateValue {
  const { span } = need
  if (state === undefined) return MEASURES[need.compute].read(null)
  const latest = span.kind === 'fixed' ? 0 : (bucketAt(span, nowMs) as number)
  const read = readBuckets(state, need, floorAt(span, nowMs), latest)
  return { ...read, ...(state[0] > startMs(span, nowMs) ? { partial: true } : {}) }
}

/** The measure over some buckets, first and last included. */
export function readBuckets(
  state: AggregateState,
  need: AggregateNeed,
  first: number,
  last: number,
): AggregateValue {
  const measure: Measure = MEASURES[need.compute]
  let cell: Cell | null = null
  for (let i = 1; i < state.length; i += 2) {
    const bucket = state[i] as number
    if (bucket < first || bucket > last) continue
    cell = cell === null ? (state[i + 1] as Cell) : measure.join(cell, state[i + 1] as Cell)
  }
  return measure.read(cell)
}

/** The buckets that hold anything, oldest first. */
export function* bucketsOf(state: AggregateState): Generator<number> {
  for (let i = 1; i < state.length; i += 2) yield state[i] as number
}

/** When a declared aggregate's value could next change by time alone; Infinity if never. */
export function nextBucketMs(state: AggregateState, { span }: AggregateNeed, atMs: number): number {
  if (span.kind !== 'rolling') return Infinity
  let next = Infinity
  for (const bucket of bucketsOf(state)) {
    const entersMs = bucket * span.bucketMs
    const leavesMs = entersMs + span.bucketMs + span.windowMs - 1
    if (entersMs > atMs && entersMs < next) next = entersMs
    if (leavesMs > atMs && leavesMs < next) next = leavesMs
  }
  return next
}

/** The largest state, in bytes of JSON: what publish adds up. */
export const worstStateBytes = ({ id, span, compute }: AggregateNeed): number =>
  id.length + 20 + mostBuckets(span) * (bucketBytes(span) + MEASURES[compute].bytes)
