/**
 * What to write so that the store says what the log says: the people who
 * differ, and whoever holds something that is theirs. Asked again with more at
 * hand as long as it needs more.
 */
import { identifierKey, type Identifier } from '../identity/identifier.ts'
import type { Ingested, LoadedProfile } from '../ingest/delivery.ts'
import type { Profile } from '../profile/profile.ts'
import { difference } from './difference.ts'
import type { RebuiltPeople } from './rebuild.ts'

/** People at one moment: as the log has them, and as they stand in the store. */
export interface Moment {
  readonly people: RebuiltPeople
  readonly standing: ReadonlyMap<string, LoadedProfile>
  /** "type:value" → owner in the index. */
  readonly owners: ReadonlyMap<string, string>
  /** Whom was asked for, there or not. */
  readonly askedIds: ReadonlySet<string>
  readonly askedKeys: ReadonlySet<string>
  readonly nowMs: number
}

export interface Finding {
  readonly profileId: string
  /** Sections of the profile; also `missing`, `merged`, and `index` where an identifier leads elsewhere. */
  readonly sections: readonly string[]
}

export interface Repair {
  readonly findings: readonly Finding[]
  readonly profiles: Ingested['profiles']
  readonly identifiers: Ingested['identifiers']
  /** Not yet at hand: without it the rest does not hold. */
  readonly needs: { readonly ids: readonly string[]; readonly identifiers: readonly Identifier[] }
}

/** @param ids whom to look at */
export function repair(moment: Moment, ids: readonly string[]): Repair {
  const bench = new Bench(moment)
  const findings: Finding[] = []
  for (const profileId of ids) {
    const sections = bench.examine(profileId)
    if (sections.length > 0) findings.push({ profileId, sections })
  }
  return { findings, ...bench.outcome() }
}

interface Write {
  readonly profile: Profile
  readonly mergedInto: string | null
}

class Bench {
  readonly #moment: Moment
  readonly #writes = new Map<string, Write>()
  /** Identifiers and whose they shall be. */
  readonly #wanted = new Map<string, { identifier: Identifier; owner: string | null }>()
  readonly #needIds = new Set<string>()
  readonly #needIdentifiers = new Map<string, Identifier>()

  constructor(moment: Moment) {
    this.#moment = moment
  }

  /** Notes what is to be written; the sections that differ. */
  examine(id: string): readonly string[] {
    const person = this.#moment.people.get(id)
    if (person === undefined) return []
    const effective = { ...person, profile: this.#withoutLost(person.profile) }
    const sections = [...difference(effective, this.#moment.standing.get(id))]
    const leads = effective.profile.identifiers.every(
      (identifier) => this.#ownerOf(identifier) === id,
    )
    if (!leads) sections.push('index')
    if (sections.length === 0) return []
    if (person.mergedInto === null) this.#raise(id)
    else this.#bury(id)
    return sections
  }

  /** As the log has them, with all that is theirs. */
  #raise(id: string): void {
    const person = this.#moment.people.get(id)
    this.#need(id)
    if (person === undefined || this.#writes.has(id)) return
    const profile = this.#withoutLost(person.profile)
    this.#writes.set(id, { profile, mergedInto: null })
    const claimed = new Set(profile.identifiers.map(identifierKey))
    for (const identifier of profile.identifiers) {
      const owner = this.#ownerOf(identifier)
      if (owner !== null && owner !== id) this.#takeFrom(owner, identifier)
      this.#want(identifier, id)
    }
    for (const identifier of this.#moment.standing.get(id)?.profile.identifiers ?? []) {
      if (claimed.has(identifierKey(identifier))) continue
      if (this.#ownerOf(identifier) === id) this.#want(identifier, null)
    }
  }

  /** A tombstone; what it still holds goes to whoever it leads to. */
  #bury(id: string): void {
    const person = this.#moment.people.get(id)
    this.#need(id)
    if (person?.mergedInto == null || this.#writes.has(id)) return
    this.#writes.set(id, person)
    for (const identifier of this.#moment.standing.get(id)?.profile.identifiers ?? []) {
      const isFree = !this.#wanted.has(identifierKey(identifier))
      if (this.#ownerOf(identifier) === id && isFree) this.#want(identifier, null)
    }
    this.#raise(survivorIn(this.#moment.people, id))
  }

  #takeFrom(id: string, identifier: Identifier): void {
    this.#need(id)
    if (this.#moment.people.get(id)?.mergedInto != null) return this.#bury(id)
    const standing = this.#writes.get(id) ?? this.#moment.standing.get(id)
    // The index leads to nobody.
    if (standing === undefined) return
    const identifiers = standing.profile.identifiers.filter(
      (own) => identifierKey(own) !== identifierKey(identifier),
    )
    this.#writes.set(id, { profile: { ...standing.profile, identifiers }, mergedInto: null })
  }

  /**
   * Two who claim one identifier: only after the store had lost one of them
   * and somebody came as new. Whoever was seen with it last keeps it.
   */
  #withoutLost(profile: Profile): Profile {
    const kept = profile.identifiers.filter((identifier) => {
      const owner = this.#ownerOf(identifier)
      if (owner === null || owner === profile.id) return true
      this.#need(owner)
      const rival = this.#moment.people
        .get(owner)
        ?.profile.identifiers.find((own) => identifierKey(own) === identifierKey(identifier))
      return rival === undefined || rival.lastSeenMs < identifier.lastSeenMs
    })
    return kept.length === profile.identifiers.length ? profile : { ...profile, identifiers: kept }
  }

  #ownerOf(identifier: Identifier): string | null {
    const key = identifierKey(identifier)
    if (!this.#moment.askedKeys.has(key)) this.#needIdentifiers.set(key, identifier)
    return this.#moment.owners.get(key) ?? null
  }

  #need(id: string): void {
    if (!this.#moment.askedIds.has(id)) this.#needIds.add(id)
  }

  #want({ type, value }: Identifier, owner: string | null): void {
    const identifier = { type, value }
    this.#wanted.set(identifierKey(identifier), { identifier, owner })
  }

  outcome(): Omit<Repair, 'findings'> {
    const { standing, owners } = this.#moment
    return {
      profiles: [...this.#writes].map(([id, { profile, mergedInto }]) => {
        const now = standing.get(id)
        const epoch = Math.max(profile.epoch, now?.profile.epoch ?? 0)
        const rest = { expect: now?.version ?? 0, ...(mergedInto === null ? {} : { mergedInto }) }
        const { membership: _, ...content } = profile
        const membership = now?.profile.membership ?? profile.membership
        if (mergedInto !== null) return { profile: { ...content, epoch }, ...rest, dueMs: null }
        if (membership === undefined) return { profile: { ...content, epoch }, ...rest }
        // What they are in may have changed with them: the next sweep looks, and logs it.
        const dueMs = this.#moment.nowMs
        return {
          profile: { ...content, epoch, membership: { ...membership, dueMs } },
          ...rest,
          dueMs,
        }
      }),
      identifiers: [...this.#wanted].map(([key, { identifier, owner }]) => ({
        identifier,
        was: owners.get(key) ?? null,
        now: owner,
      })),
      needs: { ids: [...this.#needIds], identifiers: [...this.#needIdentifiers.values()] },
    }
  }
}

/** Who somebody is in the end. */
export function survivorIn(people: RebuiltPeople, id: string): string {
  let last = id
  for (let into = people.get(id)?.mergedInto; into != null; into = people.get(into)?.mergedInto) {
    last = into
  }
  return last
}
