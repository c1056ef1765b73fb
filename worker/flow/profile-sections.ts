/**
 * One customer as their own company sees them, section by section: names
 * instead of packing, ISO times instead of numbers.
 */
import type { JsonValue } from '../contract/message.ts'
import { readState } from '../core/aggregate/aggregate.ts'
import { ANSWER } from '../core/condition/kept-answer.ts'
import { factsOf } from '../core/condition/facts.ts'
import { recordedIn } from '../core/membership/recorded.ts'
import { stateOf } from '../core/profile/aggregates.ts'
import { readArms } from '../core/profile/arms.ts'
import { chosenPurposes, effectiveConsent } from '../core/profile/consents.ts'
import { readExposures } from '../core/profile/exposures.ts'
import type { Profile } from '../core/profile/profile.ts'
import type { Release } from '../core/release/release.ts'

export interface SectionInput {
  readonly profile: Profile
  readonly release: Release
  readonly nowMs: number
}

export const iso = (ms: number): string => new Date(ms).toISOString()

/** null for what never comes. */
export const isoOrNull = (ms: number): string | null => (ms === Infinity ? null : iso(ms))

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
      properties: properties === 0 ? {} : shown(properties),
    }))
    .toReversed()

/** Without the answers that conditions keep beside the properties; see condition/kept-answer.ts. */
const shown = (properties: Readonly<Record<string, JsonValue>>): Record<string, JsonValue> =>
  Object.fromEntries(Object.entries(properties).filter(([name]) => !name.startsWith(ANSWER)))

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

export interface SegmentView {
  readonly member: boolean
  /** What the log says; null of a segment that nobody enters. */
  readonly recorded: boolean | null
  /** When time alone could next change it; null for never. */
  readonly nextChange: string | null
}

/** Every segment as it stands, with what is recorded of it and until when. */
export function membershipsOf({
  profile,
  release,
  nowMs,
}: SectionInput): Record<string, SegmentView> {
  const facts = factsOf(release.segments, profile, {}, nowMs)
  const slots = new Map(release.rules.membership.tracked.map((slot) => [slot.index, slot]))
  return Object.fromEntries(
    release.segments.map(({ key }, i): [string, SegmentView] => {
      const slot = slots.get(i)
      const view = {
        member: facts.segment(i),
        recorded: slot === undefined ? null : recordedIn(profile.membership, slot),
        nextChange: isoOrNull(facts.segmentNextChangeMs(i)),
      }
      return [key, view]
    }),
  )
}

export const aggregatesOf = ({ profile, release, nowMs }: SectionInput) =>
  Object.fromEntries(
    [...release.aggregates].map(([key, need]) => [
      key,
      readState(stateOf(profile, need), need, nowMs),
    ]),
  )

/** What caps count, by name: how often ever, where a cap is for life, and the newest minutes. */
export const exposuresOf = ({ profile, release }: SectionInput) =>
  Object.fromEntries(
    [...readExposures(profile.exposures)].flatMap(([id, { ever, minutesMs }]) => {
      const name = release.counterNames.get(id)
      // Of a cap that the release does not have any more.
      if (name === undefined) return []
      const times = minutesMs.map(iso)
      return [[name, { ...(ever === 0 ? {} : { ever }), recent: times }]]
    }),
  )

/** The arm of each experiment and holdout that the person was exposed to. */
export const experimentsOf = ({ profile, release }: SectionInput) => {
  const records = readArms(profile.arms)
  return Object.fromEntries(
    [...release.rules.arms].flatMap(([key, { id, arms }]) => {
      const record = records.get(id)
      const arm = [...arms].find(([, armId]) => armId === record?.arm)?.[0]
      if (record === undefined || arm === undefined) return []
      return [[key, { arm, firstExposure: iso(record.firstMs), crossedOver: record.crossed }]]
    }),
  )
}

export const consentsOf = ({ profile: { consents } }: SectionInput) =>
  Object.fromEntries(
    chosenPurposes(consents).map((purpose) => [purpose, effectiveConsent(consents, purpose)]),
  )
