/** The computed traits of a profile: kept for what the release asks, filled from recent events where it asks anew. */
import {
  addEvent,
  emptyState,
  joinStates,
  settleState,
  type AggregateNeed,
  type AggregateState,
} from '../aggregate/aggregate.ts'
import type { EventRecord } from '../record.ts'
import type { Profile, RecentEvent } from './profile.ts'
import { eventName, recentCovers, recordReader, slimReader } from './recent.ts'

export type AggregateNeeds = readonly AggregateNeed[]
type States = Profile['aggregates']

const own = (states: States, id: string): AggregateState | undefined =>
  Object.hasOwn(states, id) ? states[id] : undefined

const fromEntries = (
  entries: readonly RecentEvent[],
  need: AggregateNeed,
  start: AggregateState,
): AggregateState =>
  entries.reduce<AggregateState>(
    (state, entry) =>
      entry[2] === need.event
        ? addEvent(state, need, slimReader(entry), entry[0], entry[1])
        : state,
    start,
  )

/**
 * The state of a need that a profile was not folded under: what its recent
 * events tell. Complete only from now on, since older events have left, and
 * recent ones were slimmed for other readers.
 */
function fromRecent(profile: Profile, need: AggregateNeed): AggregateState {
  if (profile.lastSeenMs === 0) return emptyState(0)
  const isAll = need.onDemand && recentCovers(profile, 0)
  const start = emptyState(isAll ? 0 : profile.greatestMs)
  return settleState(fromEntries(profile.recent, need, start), need, profile.greatestMs)
}

/** A need's state in a profile, whether or not the profile was folded under it. */
export const stateOf = (profile: Profile, need: AggregateNeed): AggregateState =>
  own(profile.aggregates, need.id) ?? fromRecent(profile, need)

/** What a fold brings: records, and what the recent events keep of them. */
interface Folded {
  readonly records: readonly { readonly record: EventRecord; readonly digest: string }[]
  /** Of these records. */
  readonly entries: readonly RecentEvent[]
  /** With the former recent events, before any has to leave. */
  readonly recent: readonly RecentEvent[]
  readonly recentFloorMs: number
}

/** Adds records to every state that asks for them. */
export function foldAggregates(
  profile: Profile,
  { records, entries, recent, recentFloorMs }: Folded,
  needs: AggregateNeeds,
): States {
  const states: Record<string, AggregateState> = {}
  for (const need of needs) {
    if (need.onDemand) {
      // As long as the recent events are all there are, they are the state.
      if (recentFloorMs === 0) continue
      states[need.id] = recentCovers(profile, 0)
        ? fromEntries(recent, need, emptyState(0))
        : fromEntries(entries, need, stateOf(profile, need))
      continue
    }
    let state = stateOf(profile, need)
    for (const { record, digest } of records) {
      if (eventName(record) !== need.event) continue
      state = addEvent(state, need, recordReader(record), record.timestampMs, digest)
    }
    states[need.id] = state
  }
  return states
}

/** @param recent of both, before any has to leave */
export function mergeAggregates(
  a: Profile,
  b: Profile,
  recentFloorMs: number,
  needs: AggregateNeeds,
): States {
  return Object.fromEntries(
    needs
      .filter(({ onDemand }) => !onDemand || recentFloorMs > 0)
      .map((need) => [need.id, joinStates(stateOf(a, need), stateOf(b, need), need)]),
  )
}

/** Drops the buckets that left every window. */
export function settleAggregates(
  states: States,
  needs: AggregateNeeds,
  greatestMs: number,
): States {
  // Nothing was folded yet: whatever is asked later is complete from the start.
  if (greatestMs === 0) return {}
  const settled: Record<string, AggregateState> = {}
  for (const need of needs) {
    const state = own(states, need.id)
    if (state !== undefined) settled[need.id] = settleState(state, need, greatestMs)
  }
  return settled
}
