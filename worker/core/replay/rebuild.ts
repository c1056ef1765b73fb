/**
 * Profiles anew from their records alone (law L3): grouped by the profileId
 * that was logged, merges followed, late ones and those of previews left out. Identity is not
 * decided again but read off: each record says whose identifiers it kept and
 * which had to make room.
 *
 * Content does not depend on the order of records; who owns what does. Records
 * must come so that those of one profile are in the order of its commits.
 */
import { digest as digestOf } from '../hash.ts'
import { identifierFrom, type Identifier } from '../identity/identifier.ts'
import { unmergeFacts } from '../identity/identity-map.ts'
import { touch, union } from '../identity/roster.ts'
import { splitKeyOf } from '../identity/split-key.ts'
import { packBits, setBit, unpackBits } from '../membership/bitmap.ts'
import { NEVER_EVALUATED, type MembershipRules } from '../membership/membership.ts'
import { unite } from '../membership/visit.ts'
import { isSideOf, mayJoin } from '../profile/apart.ts'
import { fold, mergeProfiles, type FoldRules } from '../profile/fold.ts'
import { emptyProfile, type Profile } from '../profile/profile.ts'
import { storedProfile } from '../profile/stored.ts'
import { hasSeen } from '../profile/seen.ts'
import type { EventRecord, SystemRecordType } from '../record.ts'
import { fail, ok, type Result } from '../result.ts'

export interface Rebuilt {
  readonly profile: Profile
  readonly mergedInto: string | null
}
export type RebuiltPeople = ReadonlyMap<string, Rebuilt>

/** A record that this version does not know, or whose content is not what its type promises. */
export interface RebuildFault {
  readonly reason: 'unknown_record' | 'broken_record'
  readonly type: string
  readonly messageId: string
}

export interface RebuildRules extends FoldRules {
  readonly membership: MembershipRules
}

/** Everybody whom a record changes, by the profileIds in it. */
export function profilesNamed(record: EventRecord): readonly string[] {
  const { type, profileId, properties } = record
  const named: unknown[] = [profileId]
  if (type === '$merge') named.push(properties?.['absorbed'])
  else if (type === '$unmerge') {
    const { leaves, along } = unmergeFacts(record)
    named.push(leaves, ...Object.keys(along ?? {}))
  }
  return named.filter((id) => typeof id === 'string')
}

/**
 * @param people everybody whom the records name, as far as they are known, and
 * whoever they were merged into
 * @returns those who changed
 */
export function rebuild(
  people: RebuiltPeople,
  records: readonly EventRecord[],
  rules: RebuildRules,
): Result<RebuiltPeople, RebuildFault> {
  const room = new Room(people, rules)
  for (const record of records) {
    const known = Object.hasOwn(APPLY, record.type)
    const fault = known ? APPLY[record.type](room, record) : 'unknown_record'
    if (fault !== null) {
      return fail({ reason: fault, type: record.type, messageId: record.messageId })
    }
  }
  return ok(room.changed())
}

type Apply = (room: Room, record: EventRecord) => RebuildFault['reason'] | null

/** What followed from other records, and follows from them again. */
const derived: Apply = () => null
const folded: Apply = (room, record) => {
  room.fold(record)
  return null
}
/** Each type of record, so that one that is new does not compile before it can be rebuilt. */
const APPLY: { readonly [type in Exclude<EventRecord['type'], SystemRecordType>]: Apply } & {
  readonly [type in SystemRecordType]: Apply
} = {
  identify: folded,
  track: folded,
  page: folded,
  screen: folded,
  group: folded,
  alias: folded,
  $reward: derived,
  $outcome: derived,
  $decision: derived,
  $list: folded,
  $merge(room, { properties, receivedAtMs }) {
    const { survivor, absorbed } = properties ?? {}
    if (typeof survivor !== 'string' || typeof absorbed !== 'string') return 'broken_record'
    room.merge(survivor, absorbed, receivedAtMs)
    return null
  },
  $unmerge(room, record) {
    const { along, documents, apart } = unmergeFacts(record)
    const isWhole = Array.isArray(documents) && documents.length === 2 && along !== undefined
    if (!isWhole || typeof apart !== 'string') return 'broken_record'
    room.part(documents, along, apart)
    return null
  },
  $segment(room, { profileId, properties, epoch, timestampMs }) {
    const { segment, change } = properties ?? {}
    const known = change === 'entered' || change === 'exited'
    if (profileId === null || typeof segment !== 'string' || !known) return 'broken_record'
    room.move(profileId, segment, change === 'entered', epoch, timestampMs)
    return null
  },
}

interface Person {
  profile: Profile
  mergedInto: string | null
  changed: boolean
  /** By messageId; folded together when the person is next read. */
  pending: Map<string, EventRecord>
}

class Room {
  readonly #people = new Map<string, Person>()
  readonly #rules: RebuildRules

  constructor(people: RebuiltPeople, rules: RebuildRules) {
    this.#rules = rules
    for (const [id, { profile, mergedInto }] of people) {
      this.#people.set(id, { profile, mergedInto, changed: false, pending: new Map() })
    }
  }

  /** Who somebody is now: merges followed. */
  #living(id: string): Person | undefined {
    let person = this.#people.get(id)
    while (person !== undefined && person.mergedInto !== null) {
      person = this.#people.get(person.mergedInto)
    }
    return person
  }

  fold(record: EventRecord): void {
    const { profileId, late, preview, messageId, timestampMs, identifiers, released } = record
    // Logged late, or of a preview: it changed nobody, nor who owns what.
    if (profileId === null || late === true || preview === true) return
    const named = (identifiers ?? []).map(identifierFrom)
    const person = this.#living(profileId) ?? this.#create(profileId, named)
    if (this.#isFiledTwice(person, messageId)) return
    const gone = new Set(released)
    person.profile = {
      ...person.profile,
      identifiers: touch(person.profile.identifiers, named, timestampMs).filter(
        ({ type, value }) => !gone.has(`${type}:${value}`),
      ),
    }
    person.pending.set(messageId, record)
    person.changed = true
  }

  /**
   * The very same record again, as after a restore of the database. A message
   * that was accepted twice, having been forgotten between, counts twice here too.
   */
  #isFiledTwice(person: Person, messageId: string): boolean {
    const digest = digestOf(messageId)
    if (!person.pending.has(messageId) && !hasSeen(person.profile.seen, digest)) return false
    // What waits to be folded may be what made it forgotten.
    this.#foldPending(person)
    return hasSeen(person.profile.seen, digest)
  }

  /**
   * Who is in what is not content: it follows from it. It is kept all the same,
   * so that nobody who is rebuilt enters again what the log has seen them enter.
   */
  move(profileId: string, key: string, entered: boolean, epoch: number, atMs: number): void {
    const person = this.#living(profileId)
    const slot = this.#rules.membership.tracked.find((tracked) => tracked.key === key)?.slot
    // Of somebody who is not there, or of a segment that is gone.
    if (person === undefined || slot === undefined) return
    const before = person.profile.membership ?? NEVER_EVALUATED
    const bits = unpackBits(before.in, slot + 1)
    setBit(bits, slot, entered)
    const membership = {
      epoch: Math.max(before.epoch, epoch),
      atMs: Math.max(before.atMs, atMs),
      in: packBits(bits),
    }
    person.profile = { ...person.profile, membership }
    person.changed = true
  }

  merge(survivorId: string, absorbedId: string, atMs: number): void {
    const survivor = this.#living(survivorId) ?? this.#create(survivorId, [])
    const absorbed = this.#living(absorbedId) ?? this.#create(absorbedId, [])
    // The same merge again, or one that was undone since.
    const { apart } = survivor.profile
    if (survivor === absorbed || !mayJoin(apart, absorbed.profile.apart)) return
    this.#foldPending(survivor)
    this.#foldPending(absorbed)
    survivor.profile = {
      ...mergeProfiles(survivor.profile, absorbed.profile, this.#rules),
      identifiers: union(survivor.profile.identifiers, absorbed.profile.identifiers),
      ...unite(survivor.profile, absorbed.profile),
    }
    const { id, splitKey } = absorbed.profile
    absorbed.profile = { ...emptyProfile(id, splitKey), epoch: this.#rules.epoch, mergedMs: atMs }
    absorbed.mergedInto = survivor.profile.id
    survivor.changed = true
    absorbed.changed = true
  }

  /** Two people as they stood after a merge was undone. */
  part(
    documents: readonly [stays: Profile, leaves: Profile],
    along: { readonly [profileId: string]: string },
    pair: string,
  ): void {
    // The same undo again: its marks stay on both for good, whomever they were merged with since.
    if (documents.some(({ id }) => isSideOf(pair, this.#living(id)?.profile.apart))) return
    for (const profile of documents.map(storedProfile)) {
      this.#people.set(profile.id, {
        profile,
        mergedInto: null,
        changed: true,
        pending: new Map(),
      })
    }
    for (const [id, mergedInto] of Object.entries(along)) {
      const person = this.#people.get(id) ?? this.#create(id, [])
      person.mergedInto = mergedInto
      person.changed = true
    }
  }

  #create(id: string, identifiers: readonly Identifier[]): Person {
    const splitKey = identifiers.length > 0 ? splitKeyOf(identifiers) : id
    const profile = emptyProfile(id, splitKey)
    const person: Person = { profile, mergedInto: null, changed: true, pending: new Map() }
    this.#people.set(id, person)
    return person
  }

  #foldPending(person: Person): void {
    if (person.pending.size === 0) return
    person.profile = fold(person.profile, [...person.pending.values()], this.#rules)
    person.pending = new Map()
  }

  changed(): RebuiltPeople {
    const changed = new Map<string, Rebuilt>()
    for (const [id, person] of this.#people) {
      this.#foldPending(person)
      if (person.changed) {
        changed.set(id, { profile: person.profile, mergedInto: person.mergedInto })
      }
    }
    return changed
  }
}
