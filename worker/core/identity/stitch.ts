/**
 * Whose event is it? One message's identifiers against who owns them now.
 * Deterministic: no scores, no guesses. When joining would break a limit, the
 * weaker identifier is left out rather than two people joined.
 */
import type { ProfileIdentifier } from '../profile/profile.ts'
import type { Identifier } from './identifier.ts'
import type { IdentityRules } from './rules.ts'

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

/** Distinct values of a type that count: those added, and those seen within the type's window. */
function countOf(
  type: string,
  owned: readonly (readonly ProfileIdentifier[])[],
  added: readonly Identifier[],
  sinceMs: number,
): number {
  const values = new Set<string>()
  for (const list of owned) {
    for (const i of list) if (i.type === type && i.lastSeenMs >= sinceMs) values.add(i.value)
  }
  for (const i of added) if (i.type === type) values.add(i.value)
  return values.size
}

/** No type over its limit, save those that make room. */
function withinLimits(
  owned: readonly (readonly ProfileIdentifier[])[],
  added: readonly Identifier[],
  { rules, timestampMs, joinsKnown }: StitchInput,
): boolean {
  const types = new Set(added.map(({ type }) => type))
  for (const list of owned) for (const { type } of list) types.add(type)
  for (const type of types) {
    const { max, windowMs, makesRoom } = rules.limitOf(type)
    if (makesRoom || (type === 'user_id' && joinsKnown)) continue
    if (countOf(type, owned, added, timestampMs - windowMs) > max) return false
  }
  return true
}

export interface StitchInput {
  /** Strongest first. */
  readonly identifiers: readonly Identifier[]
  /** The profile that owns an identifier now, if any. */
  readonly ownerOf: (identifier: Identifier) => Owner | undefined
  readonly rules: IdentityRules
  readonly timestampMs: number
  /** An alias by secret key, which may join two user ids. */
  readonly joinsKnown: boolean
  /** Two people who were told apart by hand are never joined again. */
  readonly apart: (a: string, b: string) => boolean
}

export function stitch(input: StitchInput): Stitch {
  const { identifiers, ownerOf } = input
  const [only] = identifiers
  if (only !== undefined && identifiers.length === 1) {
    const owner = ownerOf(only)
    return owner === undefined
      ? { owners: [], attach: identifiers, leftOut: [] }
      : { owners: [owner.id], attach: [], leftOut: [] }
  }
  const owners: Owner[] = []
  const attach: Identifier[] = []
  const leftOut: Identifier[] = []
  for (const identifier of identifiers) {
    const owner = ownerOf(identifier)
    const known = owner === undefined || owners.includes(owner)
    const joined = known ? owners : [...owners, owner]
    const added = owner === undefined ? [...attach, identifier] : attach
    const keptApart = !known && owners.some(({ id }) => input.apart(id, owner.id))
    const fits = withinLimits(
      joined.map((o) => o.identifiers),
      added,
      input,
    )
    if (keptApart || !fits) {
      leftOut.push(identifier)
      continue
    }
    if (!known) owners.push(owner)
    if (owner === undefined) attach.push(identifier)
  }
  return { owners: owners.map((o) => o.id), attach, leftOut }
}
