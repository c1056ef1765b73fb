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
  return [...loaded, ...lost.values()].map((person) => agree(person, index))
}

function agree(person: LoadedProfile, index: readonly Owned[]): LoadedProfile {
  const { profile, mergedInto } = person
  // The index leads to nobody who was merged: what the merge moved was lost.
  if (mergedInto !== null && !index.some(([, owner]) => owner === profile.id)) return person
  const listed = new Set(profile.identifiers.map((identifier) => identifierKey(identifier)))
  const gone = new Set<string>()
  const missing: Identifier[] = []
  for (const [identifier, owner] of index) {
    const key = identifierKey(identifier)
    if (owner === profile.id && !listed.has(key)) missing.push(identifier)
    if (owner !== profile.id && listed.has(key)) gone.add(key)
  }
  if (gone.size === 0 && missing.length === 0) return person
  const { firstSeenMs, lastSeenMs } = profile
  const identifiers = [
    ...profile.identifiers.filter((identifier) => !gone.has(identifierKey(identifier))),
    ...missing.map(({ type, value }) => ({ type, value, firstSeenMs, lastSeenMs })),
  ]
  return { ...person, mergedInto: null, profile: { ...profile, identifiers } }
}
