/**
 * Reads a stretch of the log as if a merge in it had never been: from the two
 * documents that the merge wrote down, every later record goes to whoever its
 * strongest identifier names. Other merges in between go along as a whole, with
 * the side of the record that caused them; those that were undone meanwhile are
 * kept apart as their undo said.
 */
import { identifierFrom, type Identifier } from '../identity/identifier.ts'
import {
  identityMap,
  mergeFacts,
  movedRecords,
  recordKey,
  unmergeFacts,
  type Moved,
  type UnmergeFacts,
} from '../identity/identity-map.ts'
import { markOf } from '../profile/apart.ts'
import type { FoldRules } from '../profile/fold.ts'
import type { Profile, ProfileIdentifier } from '../profile/profile.ts'
import { storedProfile } from '../profile/stored.ts'
import type { EventRecord } from '../record.ts'
import { fail, ok, type Result } from '../result.ts'
import { keptBy, Side } from './side.ts'

type Released = readonly ProfileIdentifier[]

/** Two people where there was one. */
export interface Separation {
  /** Keeps the profileId that both live under now. */
  readonly stays: Profile
  /** Is a person again, under the id it had. */
  readonly leaves: Profile
  /** What was theirs and had to make room since the merge. */
  readonly released: readonly [stays: Released, leaves: Released]
  readonly along: UnmergeFacts['along']
  readonly moved: readonly Moved[]
}

/** `tangled`: the log does not say plainly enough who was who. */
export type SeparateError = 'tangled'

/** A merge that is read as undone, and what its undo decided; null for the one to undo now. */
interface Undone {
  /** The sides that `leaves` consists of. */
  readonly leaving: Side[]
  readonly facts: UnmergeFacts | null
  readonly movedTo: ReadonlyMap<string, string>
}

/**
 * @param history in commit order, from the first of the merges concerned on:
 * every record, `$merge` and `$unmerge` of everybody who was joined with them
 * @param merge messageId of the `$merge` to undo
 */
export function separate(
  history: readonly EventRecord[],
  merge: string,
  rules: FoldRules,
): Result<Separation, SeparateError> {
  const reading = new Reading(history, merge, rules)
  for (const record of history) if (!reading.read(record)) return fail('tangled')
  return reading.outcome()
}

class Reading {
  readonly #history: readonly EventRecord[]
  readonly #merge: string
  readonly #rules: FoldRules
  readonly #undos: ReadonlyMap<string, UnmergeFacts>
  readonly #causes: ReadonlyMap<string, EventRecord>
  /** Under each living profileId, the people who are in it. */
  readonly #living = new Map<string, readonly Side[]>()
  /** Those that hold now, in the order in which they were undone: the first to part says first. */
  #undone: readonly Undone[] = []

  constructor(history: readonly EventRecord[], merge: string, rules: FoldRules) {
    this.#history = history
    this.#merge = merge
    this.#rules = rules
    const undos = history.filter(({ type }) => type === '$unmerge').map(unmergeFacts)
    this.#undos = new Map(undos.map((facts) => [facts.merge, facts]))
    this.#causes = new Map(history.map((record) => [recordKey(record), record]))
  }

  /** False where it cannot be told. */
  read(record: EventRecord): boolean {
    if (record.type === '$merge') return this.#readMerge(record)
    if (record.type === '$unmerge') return this.#readUnmerge(record)
    // Entries, rewards, outcomes: they follow from the rest. Marks of lists do not.
    if (record.type.startsWith('$') && record.type !== '$list') return true
    const sides = this.#living.get(record.profileId ?? '')
    // Of somebody who was joined with them only later: it is in the document of that merge.
    if (sides === undefined) return true
    // Those changed nobody.
    if (record.late === true || record.preview === true) return true
    const kept = keptBy(record)
    const open = this.#narrowed(
      sides,
      ({ movedTo }) => movedTo.get(recordKey(record)) ?? record.profileId,
    )
    const side = this.#sideOf(kept, open)
    if (side === undefined) return false
    side.take(record)
    for (const identifier of kept) {
      if (sides.some((other) => other !== side && other.has(identifier))) continue
      if (!side.has(identifier)) this.#forget(identifier)
      side.see(identifier, record.timestampMs)
    }
    for (const key of record.released ?? []) {
      for (const side of sides) side.release(identifierFrom(key))
    }
    return true
  }

  /** A document knows what its profile owned. */
  #begin(profile: Profile): Side {
    for (const identifier of profile.identifiers) this.#forget(identifier)
    return new Side(profile)
  }

  #forget(identifier: Identifier): void {
    for (const sides of this.#living.values()) {
      for (const side of sides) side.forget(identifier)
    }
  }

  /** Whose an item is among those whom no undo has told apart since. */
  #sideOf(kept: readonly Identifier[], sides: readonly Side[]): Side | undefined {
    if (sides.length < 2) return sides[0]
    for (const identifier of kept) {
      const side = sides.find((other) => other.has(identifier))
      if (side !== undefined) return side
    }
    return sides[0]
  }

  /** @param whose the profileId that an item counts for, by what an undo decided */
  #narrowed(
    sides: readonly Side[],
    whose: (undone: Undone & { readonly facts: UnmergeFacts }) => string | null,
  ): readonly Side[] {
    let open = sides
    for (const undone of this.#undone) {
      const { facts, leaving } = undone
      if (facts === null || !open.some((side) => leaving.includes(side))) continue
      const id = whose({ ...undone, facts }) ?? ''
      const left = leaving.some((side) => side.ids.has(id))
      const part = open.filter((side) => leaving.includes(side) === left)
      // None: they had parted before by another undo, and this one says nothing of them.
      if (part.length > 0) open = part
    }
    return open
  }

  #readMerge(record: EventRecord): boolean {
    const { survivor, absorbed, cause, documents } = mergeFacts(record)
    const [kept, gone] = documents.map(storedProfile) as [Profile, Profile]
    const left = this.#living.get(survivor) ?? [this.#begin(kept)]
    const right = this.#living.get(absorbed) ?? [this.#begin(gone)]
    this.#living.delete(absorbed)
    const facts = this.#undos.get(record.messageId) ?? null
    if (facts !== null || record.messageId === this.#merge) {
      const leaves = facts?.leaves ?? absorbed
      const leaving = right.some(({ ids }) => ids.has(leaves)) ? right : left
      this.#admit(left, right, { survivor, absorbed })
      const movedTo = new Map(movedRecords(facts?.moved ?? []))
      const order = [...this.#undos.keys()]
      const rank = ({ facts }: Pick<Undone, 'facts'>): number =>
        facts === null ? order.length : order.indexOf(facts.merge)
      this.#undone = [...this.#undone, { leaving: [...leaving], facts, movedTo }].sort(
        (a, b) => rank(a) - rank(b),
      )
      this.#living.set(survivor, [...left, ...right])
      return true
    }
    // One of the two is somebody whole: all of them goes to one person of the other.
    const [many, [one, ...more]] = left.length > 1 ? [left, right] : [right, left]
    if (one === undefined || more.length > 0) return false
    const open = this.#narrowed(many, ({ facts: { along } }) =>
      left === many ? (along[absorbed] ?? survivor) : (along[survivor] ?? survivor),
    )
    // Written down in the same commit.
    const by = this.#causes.get(recordKey({ ...record, messageId: cause }))
    const side = this.#sideOf(by === undefined ? [] : keptBy(by), open)
    if (side === undefined) return false
    side.join(one, this.#rules)
    this.#living.set(survivor, many)
    return true
  }

  /** Whoever is kept apart within people who are to part belongs to one of them until then. */
  #admit(
    left: readonly Side[],
    right: readonly Side[],
    { survivor, absorbed }: { readonly survivor: string; readonly absorbed: string },
  ): void {
    for (const { facts, leaving } of this.#undone) {
      const isOld = left.some((side) => leaving.includes(side))
      if (facts === null || !(isOld || right.some((side) => leaving.includes(side)))) continue
      const newcomer = isOld ? absorbed : survivor
      const to = facts.along[newcomer] ?? survivor
      if (leaving.some(({ ids }) => ids.has(to))) leaving.push(...(isOld ? right : left))
    }
  }

  #readUnmerge(record: EventRecord): boolean {
    const { merge, stays, leaves, apart } = unmergeFacts(record)
    // Of somebody who was joined with them only later.
    if (!this.#living.has(stays)) return true
    const undone = this.#undone.find(({ facts }) => facts?.merge === merge)
    const sides = this.#living.get(stays) ?? []
    const gone = sides.filter((side) => undone?.leaving.includes(side))
    const left = sides.filter((side) => !gone.includes(side))
    if (undone === undefined || gone.length === 0 || left.length === 0) return false
    for (const side of left) side.mark(markOf(apart, 0))
    for (const side of gone) side.mark(markOf(apart, 1))
    this.#living.set(stays, left)
    this.#living.set(leaves, gone)
    this.#undone = this.#undone.filter((other) => other !== undone)
    return true
  }

  outcome(): Result<Separation, SeparateError> {
    const [undone, ...others] = this.#undone
    const entry = [...this.#living].find(([, sides]) =>
      sides.some((side) => undone?.leaving.includes(side)),
    )
    if (undone === undefined || others.length > 0 || entry === undefined) return fail('tangled')
    const [livingId, sides] = entry
    const [far, ...alsoFar] = sides.filter((side) => undone.leaving.includes(side))
    const [near, ...alsoNear] = sides.filter((side) => !undone.leaving.includes(side))
    const plain = alsoFar.length === 0 && alsoNear.length === 0
    if (far === undefined || near === undefined || !plain) return fail('tangled')
    const [staying, leaving] = near.ids.has(livingId) ? [near, far] : [far, near]
    const freed = this.#freedOf(leaving)
    return ok({
      stays: { ...staying.profile(this.#rules), id: livingId },
      leaves: { ...leaving.profile(this.#rules), id: freed },
      released: [staying.released, leaving.released],
      ...this.#corrections(freed, [
        [staying, livingId],
        [leaving, freed],
      ]),
    })
  }

  /** The id that somebody had before the merge; another one of theirs where an undo gave that away. */
  #freedOf({ ids }: Side): string {
    const merge = this.#history.find(({ messageId }) => messageId === this.#merge) as EventRecord
    const { survivor, absorbed } = mergeFacts(merge)
    return [absorbed, survivor, ...ids].find((id) => ids.has(id)) as string
  }

  /** What the log has to be told, so that whoever follows it arrives where we do. */
  #corrections(
    freed: string,
    people: readonly (readonly [Side, string])[],
  ): Pick<Separation, 'along' | 'moved'> {
    const map = identityMap()
    for (const record of this.#history) map.note(record)
    const along: Record<string, string> = {}
    map.undo({ leaves: freed, along, moved: [] })
    for (const [{ ids }, livingId] of people) {
      for (const id of ids) {
        // At them and not at one another: who of a chain is on which side has changed.
        if (id !== livingId && map.pointer(id) !== livingId) along[id] = livingId
      }
    }
    map.undo({ leaves: freed, along, moved: [] })
    const moved = people.flatMap(([{ records }, to]) => {
      const astray = records.filter((record) => map.ownerOf(record) !== to)
      return [...Map.groupBy(astray, ({ profileId }) => profileId ?? '')].map(([from, group]) => ({
        from,
        to,
        records: group.map(({ messageId, receivedAtMs }) => [messageId, receivedAtMs] as const),
      }))
    })
    return { along, moved }
  }
}
