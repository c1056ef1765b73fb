/** The computed traits of a profile: kept for what the release asks, filled from recent events where it asks anew. */
import {
  addEvent,
  emptyState,
  joinStates,
  settleState,
  type AggregateNeed,
  type AggregateState,
} from '../aggregate/aggregate.ts'
import type { PropertyReader } from '../condition/where.ts'
import type { EventRecord } from '../record.ts'
import type { Profile, RecentEvent } from './profile.ts'
import { eventName, recordReader } from './recent.ts'

export type AggregateNeeds = readonly AggregateNeed[]
type States = Profile['aggregates']

/** Reads a recent event's own slimmed properties. */
export const slimReader =
  ([, , , properties]: RecentEvent): PropertyReader =>
  (path) =>
    properties !== 0 && Object.hasOwn(properties, path) ? properties[path] : undefined

const own = (states: States, id: string): AggregateState | undefined =>
  Object.hasOwn(states, id) ? states[id] : undefined

/**
 * The state of a need that a profile was not folded under: what its recent
 * events tell. Complete only from now on, since older events have left, and
 * recent ones were slimmed for other readers.
 */
function fromRecent(profile: Profile, need: AggregateNeed): AggregateState {
  if (profile.lastSeenMs === 0) return emptyState(0)
  const filled = profile.recent
    .filter((entry) => entry[2] === need.event)
    .reduce<AggregateState>(
      (state, entry) => addEvent(state, need, slimReader(entry), entry[0], entry[1]),
      emptyState(profile.greatestMs),
    )
  return settleState(filled, need, profile.greatestMs)
}

/** A need's state in a profile, whether or not the profile was folded under it. */
export const stateOf = (profile: Profile, need: AggregateNeed): AggregateState =>
  own(profile.aggregates, need.id) ?? fromRecent(profile, need)

/** Adds records to every state that asks for them. */
export function foldAggregates(
  profile: Profile,
  records: readonly { readonly record: EventRecord; readonly digest: string }[],
  needs: AggregateNeeds,
): States {
  const states: Record<string, AggregateState> = {}
  for (const need of needs) {
    let state = stateOf(profile, need)
    for (const { record, digest } of records) {
      if (eventName(record) !== need.event) continue
      state = addEvent(state, need, recordReader(record), record.timestampMs, digest)
    }
    states[need.id] = state
  }
  return states
}

export function mergeAggregates(a: Profile, b: Profile, needs: AggregateNeeds): States {
  return Object.fromEntries(
    needs.map((need) => [need.id, joinStates(stateOf(a, need), stateOf(b, need), need)]),
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
