/** Whom a question is about, among the profiles that its identifiers lead to. */
import { splitKeyOf } from '../core/identity/split-key.ts'
import type { Identifier } from '../core/identity/identifier.ts'
import type { LoadedProfile } from '../core/ingest/delivery.ts'
import { emptyProfile, type Profile } from '../core/profile/profile.ts'

export const living = (loaded: readonly LoadedProfile[]): readonly Profile[] =>
  loaded.filter(({ mergedInto }) => mergedInto === null).map(({ profile }) => profile)

/** The profile that owns the strongest identifier anybody owns; identifiers come strongest first. */
export function ownerAmong(
  profiles: readonly Profile[],
  identifiers: readonly Identifier[],
): Profile | null {
  for (const { type, value } of identifiers) {
    const owner = profiles.find((profile) =>
      profile.identifiers.some((i) => i.type === type && i.value === value),
    )
    if (owner !== undefined) return owner
  }
  return null
}

/** Somebody we know nothing of, split as they will be once they are known. */
export const strangerOf = (identifiers: readonly Identifier[], requestId: string): Profile =>
  emptyProfile('', identifiers.length === 0 ? `request:${requestId}` : splitKeyOf(identifiers))
