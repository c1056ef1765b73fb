/** One person as they stand, as a row of the day's snapshot. */
import type { LoadedProfile } from '../core/ingest/delivery.ts'
import { identifierKey } from '../core/identity/identifier.ts'
import { listsOf } from '../core/profile/lists.ts'
import type { Release } from '../core/release/release.ts'
import type { ProfileRow } from '../warehouse/snapshot-ports.ts'
import { aggregatesOf, consentsOf, experimentsOf, segmentsOf } from './profile-sections.ts'

/** Segments are as they stand at this moment: request-scoped ones mostly false, since nobody asks. */
export function snapshotRow(
  { profile, version }: LoadedProfile,
  release: Release,
  dayMs: number,
  nowMs: number,
): ProfileRow {
  const section = { profile, release, nowMs }
  const mapped = <T, R>(values: Readonly<Record<string, T>>, read: (value: T) => R) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, read(value)]))
  const set = Object.entries(profile.traits).filter(([, { value }]) => value !== null)
  return {
    dayMs,
    takenAtMs: nowMs,
    profileId: profile.id,
    version,
    epoch: profile.epoch,
    firstSeenMs: profile.firstSeenMs,
    lastSeenMs: profile.lastSeenMs,
    identifiers: profile.identifiers.map(identifierKey),
    traits: Object.fromEntries(set.map(([name, { value }]) => [name, value])),
    aggregates: mapped(aggregatesOf(section), ({ value }) => value ?? null),
    segments: Object.entries(segmentsOf(section)).flatMap(([key, isIn]) => (isIn ? [key] : [])),
    lists: listsOf(profile),
    consents: mapped(consentsOf(section), (given) => given ?? null),
    experiments: mapped(experimentsOf(section), ({ arm }) => arm),
  }
}
