/**
 * One customer as their own company sees them, section by section: names
 * instead of packing, ISO times instead of numbers.
 */
import type { JsonValue } from '../contract/message.ts'
import { readState } from '../core/aggregate/aggregate.ts'
import { factsOf } from '../core/condition/facts.ts'
import { stateOf } from '../core/profile/aggregates.ts'
import { chosenPurposes, effectiveConsent } from '../core/profile/consents.ts'
import { BUCKET_MS } from '../core/profile/exposures.ts'
import type { Profile } from '../core/profile/profile.ts'
import type { Release } from '../core/release/release.ts'

export interface SectionInput {
  readonly profile: Profile
  readonly release: Release
  readonly nowMs: number
}

export const iso = (ms: number): string => new Date(ms).toISOString()

export interface TraitView {
  readonly value: JsonValue
  readonly at: string
  readonly source: string
}

/** Traits with their lineage, by name; what was unset is gone. */
export const traitsOf = ({ profile }: SectionInput): Record<string, TraitView> =>
  Object.fromEntries(
    Object.entries(profile.traits)
      .filter(([, { value }]) => value !== null)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { value, at, source }]) => [name, { value, at: iso(at[0]), source }]),
  )

/** Recent events, newest first, with the properties that conditions read. */
export const eventsOf = ({ profile }: SectionInput) =>
  profile.recent
    .map(([timestampMs, digest, event, properties]) => ({
      id: digest,
      event,
      timestamp: iso(timestampMs),
      properties: properties === 0 ? {} : properties,
    }))
    .toReversed()

export const identifiersOf = ({ profile }: SectionInput) =>
  profile.identifiers.map(({ type, value, firstSeenMs, lastSeenMs }) => ({
    type,
    value,
    firstSeen: iso(firstSeenMs),
    lastSeen: iso(lastSeenMs),
  }))

/** Every segment, true or false; context is nobody's here, so request-scoped ones are mostly false. */
export function segmentsOf({ profile, release, nowMs }: SectionInput): Record<string, boolean> {
  const facts = factsOf(release.segments, profile, {}, nowMs)
  return Object.fromEntries(release.segments.map(({ key }, i) => [key, facts.segment(i)]))
}

export const aggregatesOf = ({ profile, release, nowMs }: SectionInput) =>
  Object.fromEntries(
    [...release.aggregates].map(([key, need]) => [
      key,
      readState(stateOf(profile, need), need, nowMs),
    ]),
  )

/** What caps count: how often ever, and when, by quarter hour. */
export const exposuresOf = ({ profile }: SectionInput) =>
  Object.fromEntries(
    Object.entries(profile.exposures).map(([key, [total = 0, ...buckets]]) => [
      key,
      {
        total,
        recent: buckets.flatMap((bucket, i) =>
          i % 2 === 0 ? [{ from: iso(bucket * BUCKET_MS), count: buckets[i + 1] as number }] : [],
        ),
      },
    ]),
  )

export const consentsOf = ({ profile: { consents } }: SectionInput) =>
  Object.fromEntries(
    chosenPurposes(consents).map((purpose) => [purpose, effectiveConsent(consents, purpose)]),
  )
