/**
 * Whose event is it? One message's identifiers against who owns them now.
 * Deterministic: no scores, no guesses. When joining would break a limit, the
 * weaker identifier is left out rather than two people joined.
 */
import type { ProfileIdentifier } from '../profile/profile.ts'
import type { Identifier } from './identifier.ts'

/** How many identifiers of a type one person may hold. */
const LIMITS: Readonly<Record<string, number>> = { user_id: 1, anonymous_id: 5 }
const DEFAULT_LIMIT = 5
export const limitOf = (type: string): number => LIMITS[type] ?? DEFAULT_LIMIT

/** Devices come and go: the least recently seen makes room for a new one. */
export const makesRoom = (type: string): boolean => type === 'anonymous_id'

export interface Owner {
  readonly id: string
  readonly identifiers: readonly ProfileIdentifier[]
}

export interface Stitch {
  /** The profiles that this message shows to be one person; none: a new profile. */
  readonly owners: readonly string[]
  /** Identifiers that become the profile's. */
  readonly attach: readonly Identifier[]
  /** Left out: they stay with whom they were. */
  readonly leftOut: readonly Identifier[]
}

/** Distinct values of a type that identifiers and additions make together. */
function countOf(
  type: string,
  owned: readonly (readonly ProfileIdentifier[])[],
  added: readonly Identifier[],
): number {
  const values = new Set<string>()
  for (const list of owned) for (const i of list) if (i.type === type) values.add(i.value)
  for (const i of added) if (i.type === type) values.add(i.value)
  return values.size
}

/** No type over its limit, save those that make room. */
function withinLimits(
  owned: readonly (readonly ProfileIdentifier[])[],
  added: readonly Identifier[],
  limitUserIds: boolean,
): boolean {
  const types = new Set<string>()
  for (const list of owned) for (const i of list) types.add(i.type)
  for (const i of added) types.add(i.type)
  for (const type of types) {
    if (makesRoom(type) || (type === 'user_id' && !limitUserIds)) continue
    if (countOf(type, owned, added) > limitOf(type)) return false
  }
  return true
}

/**
 * @param identifiers strongest first
 * @param ownerOf the profile that owns an identifier now, if any
 * @param joinsKnown an alias by secret key, which may join two user ids
 */
export function stitch(
  identifiers: readonly Identifier[],
  ownerOf: (identifier: Identifier) => Owner | undefined,
  joinsKnown: boolean,
): Stitch {
  const owners: Owner[] = []
  const attach: Identifier[] = []
  const leftOut: Identifier[] = []
  for (const identifier of identifiers) {
    const owner = ownerOf(identifier)
    const joined = owner === undefined || owners.includes(owner) ? owners : [...owners, owner]
    const added = owner === undefined ? [...attach, identifier] : attach
    const fits = withinLimits(
      joined.map((o) => o.identifiers),
      added,
      !joinsKnown,
    )
    if (!fits) {
      leftOut.push(identifier)
      continue
    }
    if (joined !== owners) owners.push(owner as Owner)
    if (owner === undefined) attach.push(identifier)
  }
  return { owners: owners.map((o) => o.id), attach, leftOut }
}
