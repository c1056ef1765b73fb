/**
 * Whose event is it? One message's identifiers against who owns them now.
 * Deterministic: no scores, no guesses. When joining would break a limit, the
 * weaker identifier is left out rather than two people joined; so it is where
 * an undone merge told the two apart.
 */
import { mayJoin, type ApartMarks } from '../profile/apart.ts'
import type { ProfileIdentifier } from '../profile/profile.ts'
import type { Identifier } from './identifier.ts'
import type { IdentityRules } from './rules.ts'

export interface Owner {
  readonly id: string
  readonly identifiers: readonly ProfileIdentifier[]
  readonly apart?: ApartMarks
}

export interface Stitch {
  /** The profiles that this message shows to be one person; none: a new profile. */
  readonly owners: readonly string[]
  /** Identifiers that become the profile's. */
  readonly attach: readonly Identifier[]
  /** Left out: they stay with whom they were. */
  readonly leftOut: readonly Identifier[]
}

/** However many types there are, a person holds so many identifiers at most. */
export const MAX_IDENTIFIERS = 16

type Count = (type: string) => number

/** How many values of each type count: those of people, within the type's window, and those added. */
function counter(
  owned: readonly (readonly ProfileIdentifier[])[],
  added: readonly Identifier[],
  { rules, timestampMs }: StitchInput,
): { readonly types: ReadonlySet<string>; readonly of: Count; readonly total: number } {
  const values = new Map<string, Set<string>>()
  const put = ({ type, value }: Identifier): void => {
    const known = values.get(type) ?? new Set()
    values.set(type, known.add(value))
  }
  for (const list of owned) {
    for (const i of list) {
      if (i.lastSeenMs >= timestampMs - rules.limitOf(i.type).windowMs) put(i)
    }
  }
  for (const identifier of added) put(identifier)
  let total = 0
  for (const [type, set] of values) {
    const { max, makesRoom } = rules.limitOf(type)
    total += makesRoom ? Math.min(set.size, max) : set.size
  }
  return { types: new Set(values.keys()), of: (type) => values.get(type)?.size ?? 0, total }
}

/**
 * Whether a step takes no type over its limit. Who is over it already, by an
 * alias or by a limit that was lowered since, stays whole: only growth is refused.
 */
function fits(owners: readonly Owner[], added: readonly Identifier[], input: StitchInput): boolean {
  const { rules, joinsKnown } = input
  const step = counter(
    owners.map((o) => o.identifiers),
    added,
    input,
  )
  const alone = owners.map((o) => counter([o.identifiers], [], input))
  const largest = (of: (count: (typeof alone)[number]) => number): number =>
    Math.max(0, ...alone.map(of))
  if (
    step.total >
    Math.max(
      MAX_IDENTIFIERS,
      largest(({ total }) => total),
    )
  )
    return false
  for (const type of step.types) {
    const { max, makesRoom } = rules.limitOf(type)
    if (makesRoom || (type === 'user_id' && joinsKnown)) continue
    if (
      step.of(type) >
      Math.max(
        max,
        largest(({ of }) => of(type)),
      )
    )
      return false
  }
  return true
}

export interface StitchInput {
  /** Strongest first; at least one. */
  readonly identifiers: readonly Identifier[]
  /** The profile that owns an identifier now, if any. */
  readonly ownerOf: (identifier: Identifier) => Owner | undefined
  readonly rules: IdentityRules
  readonly timestampMs: number
  /** An alias by secret key, which may join two user ids. */
  readonly joinsKnown: boolean
}

/** There is always an owner, or an identifier to attach to somebody new. */
export function stitch(input: StitchInput): Stitch {
  const { identifiers, ownerOf } = input
  const owners: Owner[] = []
  const attach: Identifier[] = []
  const leftOut: Identifier[] = []
  for (const identifier of identifiers) {
    const owner = ownerOf(identifier)
    if (owner === undefined) {
      const nobodyYet = owners.length === 0 && attach.length === 0
      if (nobodyYet || fits(owners, [...attach, identifier], input)) attach.push(identifier)
      else leftOut.push(identifier)
    } else if (!owners.includes(owner)) {
      const nobodyYet = owners.length === 0 && attach.length === 0
      const mayMeet = owners.every((other) => mayJoin(other.apart, owner.apart))
      if (nobodyYet || (mayMeet && fits([...owners, owner], attach, input))) owners.push(owner)
      else leftOut.push(identifier)
    }
  }
  return { owners: owners.map((o) => o.id), attach, leftOut }
}
