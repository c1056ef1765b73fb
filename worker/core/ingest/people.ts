/** The people a commit is about while it is worked out: who owns what, and what waits to be folded. */
import { identifierKey, type Identifier } from '../identity/identifier.ts'
import { formerly, type FormerOwner } from '../identity/former.ts'
import { splitKeyOf } from '../identity/split-key.ts'
import { union } from '../identity/roster.ts'
import type { Present } from '../membership/evaluate.ts'
import type { Move } from '../membership/membership.ts'
import { segmentRecords } from '../membership/records.ts'
import { broughtUp, dueMove, movedNow, unite } from '../membership/visit.ts'
import { fold, mergeProfiles } from '../profile/fold.ts'
import { emptyProfile, type Profile } from '../profile/profile.ts'
import { hasSeen, seenAmong } from '../profile/seen.ts'
import type { Learned } from '../learning/learn.ts'
import type { EventRecord } from '../record.ts'
import type { Ingested, IngestRules, LoadedProfile, NewId } from './delivery.ts'

export interface Person {
  profile: Profile
  readonly version: number
  mergedInto: string | null
  changed: boolean
  /** As it came, before anything in this commit; null for somebody new. */
  readonly loaded: Profile | null
  /** null until what time and publishes changed is known. */
  moves: readonly Move[] | null
  /** Somebody else turned out to be the same person in this commit. */
  merged: boolean
  /** Folded together when the person is next read: one copy of the document instead of many. */
  pending: EventRecord[]
}

/** So many look-ups in so many documents are done all at once. */
const MANY = 8
const FEW = 4

interface PeopleRules {
  readonly rules: IngestRules
  readonly newId: NewId
  /** When all of it arrived. */
  readonly nowMs: number
}

const UNTOUCHED = { changed: false, moves: null, merged: false } as const

/** What was learned of somebody on the way, under the id they had then. */
export interface Lesson extends Learned {
  readonly profileId: string
  /** Of the profile, after this commit. */
  readonly version: number
}

export class People {
  readonly #people = new Map<string, Person>()
  readonly #owners = new Map<string, string>()
  readonly #was = new Map<string, { identifier: Identifier; owner: string | null }>()
  readonly #letGo = new Map<string, FormerOwner>()
  /** Digests of this commit's own messages, late ones too. */
  readonly #taken = new Set<string>()
  /** Those of this commit's digests that somebody has seen; null where each is looked up by itself. */
  readonly #seen: ReadonlySet<string> | null
  readonly #rules: IngestRules
  readonly #newId: NewId
  readonly #present: Present
  readonly #lessons: Lesson[] = []

  constructor(
    loaded: readonly LoadedProfile[],
    { rules, newId, digests, nowMs }: PeopleRules & { readonly digests: readonly string[] },
  ) {
    this.#rules = rules
    this.#newId = newId
    this.#present = { rules: rules.membership, epoch: rules.epoch, nowMs }
    for (const { profile, version, mergedInto } of loaded) {
      this.#people.set(profile.id, {
        ...UNTOUCHED,
        profile,
        version,
        mergedInto,
        loaded: profile,
        pending: [],
      })
      if (mergedInto !== null) continue
      for (const identifier of profile.identifiers) {
        this.#owners.set(identifierKey(identifier), profile.id)
      }
    }
    this.#seen =
      digests.length > MANY && loaded.length > FEW
        ? seenAmong(
            loaded.map(({ profile }) => profile.seen),
            digests,
          )
        : null
  }

  get(id: string): Person {
    return this.#people.get(id) as Person
  }

  ownerOf(identifier: Identifier): Profile | undefined {
    const id = this.#owners.get(identifierKey(identifier))
    return id === undefined ? undefined : this.#people.get(id)?.profile
  }

  /** Remembers whose it was: the commit holds only while that is so. */
  read(identifier: Identifier): void {
    const key = identifierKey(identifier)
    if (!this.#was.has(key)) {
      this.#was.set(key, { identifier, owner: this.#owners.get(key) ?? null })
    }
  }

  own(identifier: Identifier, owner: string | null): void {
    this.read(identifier)
    if (owner === null) this.#owners.delete(identifierKey(identifier))
    else this.#owners.set(identifierKey(identifier), owner)
  }

  /** It had to make room: nobody's from now on. */
  letGo(identifier: Identifier, by: string): void {
    this.own(identifier, null)
    this.#letGo.set(identifierKey(identifier), {
      identifier: formerly(identifier),
      profileId: by,
    })
  }

  /** True for a message that was folded before, by anyone loaded, or stands earlier in this commit. */
  isRepeat(digest: string): boolean {
    if (this.#taken.has(digest)) return true
    if (this.#seen !== null) return this.#seen.has(digest)
    for (const { profile } of this.#people.values()) if (hasSeen(profile.seen, digest)) return true
    return false
  }

  take(digest: string): void {
    this.#taken.add(digest)
  }

  create(identifiers: readonly Identifier[]): Person {
    const first = identifiers[0] as Identifier
    let id = this.#newId(first, 0)
    for (let attempt = 1; this.#people.has(id); attempt++) id = this.#newId(first, attempt)
    const profile = emptyProfile(id, splitKeyOf(identifiers))
    const person: Person = {
      ...UNTOUCHED,
      profile,
      version: 0,
      mergedInto: null,
      changed: true,
      loaded: null,
      pending: [],
    }
    this.#people.set(id, person)
    return person
  }

  /**
   * Joins people who turned out to be one: the one seen first survives.
   * @param atMs when what shows it arrived: where in the log to look for it
   * @param told hears of each, with the documents as they were
   */
  merge(
    ids: readonly string[],
    atMs: number,
    told: (survivor: Profile, absorbed: Profile) => void,
  ): Person {
    const joined = ids.map((id) => this.get(id))
    for (const person of joined) {
      this.#foldPending(person)
      this.#bringUp(person)
    }
    joined.sort(
      (a, b) =>
        a.profile.firstSeenMs - b.profile.firstSeenMs || (a.profile.id < b.profile.id ? -1 : 1),
    )
    const [survivor, ...absorbed] = joined as [Person, ...Person[]]
    for (const other of absorbed) {
      told(survivor.profile, other.profile)
      survivor.profile = {
        ...mergeProfiles(survivor.profile, other.profile, this.#rules, this.#learn(survivor)),
        identifiers: union(survivor.profile.identifiers, other.profile.identifiers),
        ...unite(survivor.profile, other.profile),
      }
      for (const identifier of other.profile.identifiers) this.own(identifier, survivor.profile.id)
      other.mergedInto = survivor.profile.id
      other.changed = true
      other.profile = {
        ...emptyProfile(other.profile.id, other.profile.splitKey),
        epoch: this.#rules.epoch,
        mergedMs: atMs,
      }
    }
    survivor.changed = true
    survivor.merged = true
    return survivor
  }

  #foldPending(person: Person): void {
    if (person.pending.length === 0) return
    person.profile = fold(person.profile, person.pending, this.#rules, this.#learn(person))
    person.pending = []
  }

  /** What time and publishes changed of somebody comes before whatever this commit does. */
  #bringUp(person: Person): void {
    if (person.moves !== null) return
    const { membership, moves } = broughtUp(person.loaded, this.#present)
    person.profile = { ...person.profile, ...membership }
    person.moves = moves
  }

  /** Somebody's entries and exits: those that were due before this commit, and those it brings. */
  #evaluate(person: Person): { earlier: EventRecord[]; now: EventRecord[] } {
    this.#bringUp(person)
    let moves = person.moves ?? []
    const earlier = moves.length
    if (person.mergedInto === null) {
      const why = person.merged ? 'merge' : 'event'
      const now = movedNow(person.profile, this.#present, why, moves)
      person.profile = { ...person.profile, ...now.membership }
      moves = now.moves
    }
    const of = { profileId: person.profile.id, version: person.version + 1 }
    const records = segmentRecords(of, moves, this.#present)
    return { earlier: records.slice(0, earlier), now: records.slice(earlier) }
  }

  #learn({ profile, version }: Person): (learned: Learned) => void {
    return (learned) => {
      this.#lessons.push({ profileId: profile.id, version: version + 1, ...learned })
    }
  }

  /** @param lessonRecords how what was learned is written down */
  outcome(
    events: readonly EventRecord[],
    lessonRecords: (lessons: readonly Lesson[]) => readonly EventRecord[],
  ): Ingested {
    const all = [...this.#people.values()]
    for (const person of all) this.#foldPending(person)
    const changes = all.filter(({ changed }) => changed)
    const evaluated = changes.map((person) => this.#evaluate(person))
    // In this order the log reads as it happened: who merges brings what they were in by then.
    const records = [
      ...evaluated.flatMap(({ earlier }) => earlier),
      ...events,
      ...lessonRecords(this.#lessons),
      ...evaluated.flatMap(({ now }) => now),
    ]
    return {
      profiles: changes.map(({ profile, version, mergedInto, loaded }) => ({
        profile,
        expect: version,
        ...(mergedInto === null ? {} : { mergedInto }),
        ...dueMove(loaded, profile),
      })),
      identifiers: [...this.#was.values()].map(({ identifier, owner }) => ({
        identifier: { type: identifier.type, value: identifier.value },
        was: owner,
        now: this.#owners.get(identifierKey(identifier)) ?? null,
      })),
      ...(this.#letGo.size === 0 ? {} : { former: [...this.#letGo.values()] }),
      records,
      people: new Map(
        all
          .filter(({ mergedInto }) => mergedInto === null)
          .map(({ profile }) => [profile.id, profile]),
      ),
    }
  }
}
