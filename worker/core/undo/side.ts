/** One of the people that a log is told apart into: who is in it, and what was folded so far. */
import { identifierFrom, identifierKey, type Identifier } from '../identity/identifier.ts'
import { touch } from '../identity/roster.ts'
import { unite } from '../membership/visit.ts'
import { joinMarks, type ApartMark } from '../profile/apart.ts'
import { fold, mergeProfiles, type FoldRules } from '../profile/fold.ts'
import type { Profile, ProfileIdentifier } from '../profile/profile.ts'
import type { EventRecord } from '../record.ts'

export class Side {
  /** Profiles whose content is in it. */
  readonly ids: Set<string>
  /** What the log gave it since it began. */
  readonly records: EventRecord[] = []
  readonly #identifiers = new Map<string, ProfileIdentifier>()
  readonly #released = new Map<string, ProfileIdentifier>()
  #profile: Profile
  #pending: EventRecord[] = []

  constructor(profile: Profile) {
    this.#profile = profile
    this.ids = new Set([profile.id])
    for (const identifier of profile.identifiers) this.#put(identifier)
  }

  #put(identifier: ProfileIdentifier): void {
    this.#identifiers.set(identifierKey(identifier), identifier)
  }

  has(identifier: Identifier): boolean {
    return this.#identifiers.has(identifierKey(identifier))
  }

  see(identifier: Identifier, timestampMs: number): void {
    const standing = this.#identifiers.get(identifierKey(identifier))
    const [seen] = touch(standing === undefined ? [] : [standing], [identifier], timestampMs)
    this.#put(seen as ProfileIdentifier)
  }

  /** Somebody else's by now. */
  forget(identifier: Identifier): void {
    const key = identifierKey(identifier)
    this.#identifiers.delete(key)
    this.#released.delete(key)
  }

  /** It had to make room: nobody's, and perhaps given back in the end. */
  release(identifier: Identifier): void {
    const key = identifierKey(identifier)
    const standing = this.#identifiers.get(key)
    if (standing !== undefined) this.#released.set(key, standing)
    this.#identifiers.delete(key)
  }

  get released(): readonly ProfileIdentifier[] {
    return [...this.#released.values()]
  }

  take(record: EventRecord): void {
    this.records.push(record)
    this.#pending.push(record)
  }

  mark(mark: ApartMark): void {
    this.#profile = { ...this.#profile, apart: joinMarks(this.#profile.apart, [mark]) ?? [] }
  }

  /** Takes everything of another one in. */
  join(other: Side, rules: FoldRules): void {
    const [a, b] = [this.profile(rules), other.profile(rules)]
    this.#profile = { ...mergeProfiles(a, b, rules), ...unite(a, b) }
    for (const id of other.ids) this.ids.add(id)
    for (const identifier of b.identifiers) {
      this.see(identifier, identifier.firstSeenMs)
      this.see(identifier, identifier.lastSeenMs)
    }
    for (const identifier of other.released) {
      this.#released.set(identifierKey(identifier), identifier)
    }
    this.records.push(...other.records)
  }

  /** As it stands. */
  profile(rules: FoldRules): Profile {
    this.#profile = fold(this.#profile, this.#pending, rules)
    this.#pending = []
    return { ...this.#profile, identifiers: [...this.#identifiers.values()] }
  }
}

/** Identifiers that a record made the person's, or found to be theirs, strongest first. */
export const keptBy = ({ identifiers = [] }: EventRecord): readonly Identifier[] =>
  identifiers.map(identifierFrom)
