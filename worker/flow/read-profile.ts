/** One customer as their own company sees them: names instead of packing, ISO times instead of numbers. */
import { readState } from '../core/aggregate/aggregate.ts'
import { factsOf } from '../core/condition/segments.ts'
import { normalizeIdentifier } from '../core/identity/identifier.ts'
import { stateOf } from '../core/profile/aggregates.ts'
import { effectiveConsent } from '../core/profile/consents.ts'
import type { Profile } from '../core/profile/profile.ts'
import type { Release } from '../core/release/release.ts'
import type { ProfileStore } from './ports.ts'

/** null when nobody has the identifier. Throws StoreError. */
export async function readProfile(
  store: ProfileStore,
  release: Release,
  { type, value }: { readonly type: string; readonly value: string },
  nowMs: number,
) {
  const identifier = normalizeIdentifier(type, value, release.workspace.phoneRegion)
  const [loaded] = identifier === null ? [] : await store.load([identifier])
  if (loaded === undefined) return null
  const { profile } = loaded
  return {
    profileId: profile.id,
    firstSeen: iso(profile.firstSeenMs),
    lastSeen: iso(profile.lastSeenMs),
    identifiers: identifiersOf(profile),
    traits: traitsOf(profile),
    events: eventsOf(profile),
    segments: segmentsOf(profile, release, nowMs),
    aggregates: aggregatesOf(profile, release, nowMs),
    exposures: profile.exposures,
    consents: consentsOf(profile),
    dropped: profile.dropped,
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()

const traitsOf = ({ traits }: Profile) =>
  Object.fromEntries(
    Object.entries(traits)
      .filter(([, { value }]) => value !== null)
      .map(([name, { value, at, source }]) => [name, { value, at: iso(at[0]), source }]),
  )

const eventsOf = ({ recent }: Profile) =>
  recent
    .map(([timestampMs, , event, properties]) => ({
      event,
      timestamp: iso(timestampMs),
      properties: properties === 0 ? {} : properties,
    }))
    .reverse()

const aggregatesOf = (profile: Profile, { aggregates }: Release, nowMs: number) =>
  Object.fromEntries(
    [...aggregates].map(([key, need]) => [key, readState(stateOf(profile, need), need, nowMs)]),
  )

function segmentsOf(profile: Profile, release: Release, nowMs: number) {
  const facts = factsOf(release.segments, profile, {}, nowMs)
  return Object.fromEntries(release.segments.map(({ key }, i) => [key, facts.segment(i)]))
}

const identifiersOf = ({ identifiers }: Profile) =>
  identifiers.map(({ type, value, firstSeenMs, lastSeenMs }) => ({
    type,
    value,
    firstSeen: iso(firstSeenMs),
    lastSeen: iso(lastSeenMs),
  }))

function consentsOf({ consents }: Profile) {
  const purposes = new Set(Object.keys(consents).map((key) => key.split('/')[0] as string))
  return Object.fromEntries(
    [...purposes].map((purpose) => [purpose, effectiveConsent(consents, purpose)]),
  )
}
