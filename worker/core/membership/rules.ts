/** What evaluating memberships needs of a release, worked out once. */
import type { CompiledSegment } from '../release/release.ts'
import type { MembershipRules, TrackedSlot } from './membership.ts'
import type { Slot } from './slots.ts'

/** @param slots as they are under the release's epoch; a segment without one is not kept track of */
export function membershipRules(
  segments: readonly CompiledSegment[],
  slots: readonly Slot[],
): MembershipRules {
  const byKey = new Map(slots.map((slot) => [slot.key, slot]))
  const tracked = segments.flatMap(({ key, requestScoped, version }, index): TrackedSlot[] => {
    const own = byKey.get(key)
    if (requestScoped || own === undefined) return []
    const { slot, sinceEpoch, versionEpoch } = own
    return [{ index, key, version, slot, sinceEpoch, versionEpoch }]
  })
  return {
    segments,
    tracked,
    changedEpoch: tracked.reduce((max, { versionEpoch }) => Math.max(max, versionEpoch), 0),
    slots: tracked.reduce((max, { slot }) => Math.max(max, slot + 1), 0),
  }
}
