/**
 * The index decides who owns an identifier. The two are written in one step,
 * so profile and index agree; a fail-over that lost half of a commit can part
 * them, and then every commit would find a conflict that no retry resolves.
 * Read as the index says, the next commit makes them whole.
 */
import { identifierKey, type Identifier } from '../../core/identity/identifier.ts'
import type { LoadedProfile } from '../../core/ingest/delivery.ts'
import { emptyProfile } from '../../core/profile/profile.ts'

/** The last instant there is: whatever is folded is earlier. */
const NEVER_MS = 8_640_000_000_000_000

/** What the index says of an identifier. */
export type Owned = readonly [identifier: Identifier, owner: string | null]

export function agreeing(
  loaded: readonly LoadedProfile[],
  index: readonly Owned[],
): readonly LoadedProfile[] {
  const known = new Set(loaded.map(({ profile }) => profile.id))
  const lost = new Map<string, LoadedProfile>()
  for (const [identifier, owner] of index) {
    if (owner === null || known.has(owner) || lost.has(owner)) continue
    const profile = { ...emptyProfile(owner, identifierKey(identifier)), firstSeenMs: NEVER_MS }
    lost.set(owner, { profile, version: 0, mergedInto: null })
  }
  const owners = new Map(index.map(([identifier, owner]) => [identifierKey(identifier), owner]))
  const owned = Map.groupBy(index, ([, owner]) => owner)
  return [...loaded, ...lost.values()].map((person) =>
    agree(person, owners, owned.get(person.profile.id) ?? []),
  )
}

function agree(
  person: LoadedProfile,
  owners: ReadonlyMap<string, string | null>,
  theirs: readonly Owned[],
): LoadedProfile {
  const { profile, mergedInto } = person
  // The index leads to nobody who was merged: what the merge moved was lost.
  if (mergedInto !== null && theirs.length === 0) return person
  const isGone = (identifier: Identifier): boolean => {
    const owner = owners.get(identifierKey(identifier))
    return owner !== undefined && owner !== profile.id
  }
  const isListed = ({ type, value }: Identifier): boolean =>
    profile.identifiers.some((i) => i.type === type && i.value === value)
  const missing = theirs.filter(([identifier]) => !isListed(identifier))
  if (missing.length === 0 && !profile.identifiers.some(isGone)) return person
  const { firstSeenMs, lastSeenMs } = profile
  const identifiers = [
    ...profile.identifiers.filter((identifier) => !isGone(identifier)),
    ...missing.map(([{ type, value }]) => ({ type, value, firstSeenMs, lastSeenMs })),
  ]
  return { ...person, mergedInto: null, profile: { ...profile, identifiers } }
}
