/** Whom a chunk is about: the owners of its identifiers, and whoever may have counted its messages before. */
import { whereLetGo } from '../core/identity/former.ts'
import type { Identifier } from '../core/identity/identifier.ts'
import type { IdentityRules } from '../core/identity/rules.ts'
import type { LoadedProfile } from '../core/ingest/delivery.ts'
import type { Hint, ProfilesById, ProfileStore } from './ports.ts'

export interface PeoplePorts {
  readonly store: ProfileStore
  readonly byId: ProfilesById
}

export interface Wanted {
  readonly identifiers: readonly Identifier[]
  readonly rules: Pick<IdentityRules, 'limitOf'>
  readonly hint: Hint
}

/** One trip, or two; one more for each merge since of somebody who let a device go. Throws StoreError. */
export async function loadPeople(
  { store, byId }: PeoplePorts,
  { identifiers, rules, hint }: Wanted,
): Promise<readonly LoadedProfile[]> {
  const asked = [...identifiers, ...whereLetGo(identifiers, rules)]
  const people = new Map<string, LoadedProfile>()
  for (let found = await store.load(asked, hint); found.length > 0;) {
    for (const person of found) people.set(person.profile.id, person)
    const next = found.flatMap(({ mergedInto }) =>
      mergedInto === null || people.has(mergedInto) ? [] : [mergedInto],
    )
    found = next.length === 0 ? [] : await byId.byIds(next)
  }
  return [...people.values()]
}

/** Whether somebody is there for what they remember alone: an answer to a lost commit leaves them out. */
export function remembersOnly(
  loaded: readonly LoadedProfile[],
  identifiers: readonly Identifier[],
): boolean {
  const owns = ({ profile }: LoadedProfile): boolean =>
    identifiers.some(({ type, value }) =>
      profile.identifiers.some((i) => i.type === type && i.value === value),
    )
  return loaded.some((person) => !owns(person))
}
