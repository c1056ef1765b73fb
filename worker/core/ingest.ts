/**
 * From messages and the profiles they lead to, to one commit: who each is
 * about, what it changes, what is logged. Pure: called again with the current
 * documents when a commit finds that somebody else was first.
 */
import type { Message } from '../contract/message.ts'
import { digest } from './hash.ts'
import { identifierKey, type Identifier } from './identity/identifier.ts'
import type { MessageIdentifiers } from './identity/claims.ts'
import { makeRoom, touch, union } from './identity/roster.ts'
import type { IdentityRules } from './identity/rules.ts'
import { stitch } from './identity/stitch.ts'
import { fold, mergeProfiles, type FoldRules } from './profile/fold.ts'
import { emptyProfile, type Profile } from './profile/profile.ts'
import { hasSeen, isLate } from './profile/seen.ts'
import type { EventRecord } from './record.ts'
import type { MessageTimes } from './time.ts'

/** A checked message, ready to become a record. */
export interface Delivery {
  readonly message: Message & { readonly messageId: string }
  readonly identifiers: MessageIdentifiers
  readonly times: MessageTimes
  readonly receivedAtMs: number
  readonly source: string
}

/** What a release asks of folding and of telling people apart. */
export interface IngestRules extends FoldRules {
  readonly identity: IdentityRules
}

export interface LoadedProfile {
  readonly profile: Profile
  readonly version: number
  readonly mergedInto: string | null
}

export interface Ingested {
  readonly profiles: readonly {
    readonly profile: Profile
    readonly expect: number
    readonly mergedInto?: string
  }[]
  readonly identifiers: readonly {
    readonly identifier: Identifier
    readonly was: string | null
    readonly now: string | null
  }[]
  readonly records: readonly EventRecord[]
  /** The person each delivery turned out to be of, by messageId. */
  readonly profileOf: ReadonlyMap<string, string>
  /** Every person as they stand after it, by profileId: merged ones are gone. */
  readonly people: ReadonlyMap<string, Profile>
}

export type NewId = (first: Identifier, attempt: number) => string

interface Working {
  profile: Profile
  readonly version: number
  mergedInto: string | null
  changed: boolean
  /** Folded together when the person is next read: one copy of the document instead of many. */
  pending: EventRecord[]
  /** Digests of `pending`, for telling repeats within one batch. */
  readonly digests: Set<string>
}

/**
 * @param newId an id for somebody new, from the first identifier and how many
 *   ids were taken already; asked again until it is nobody's among the loaded.
 */
export function ingest(
  loaded: readonly LoadedProfile[],
  deliveries: readonly Delivery[],
  rules: IngestRules,
  newId: NewId,
): Ingested {
  const people = new Map<string, Working>()
  const owners = new Map<string, string>()
  const was = new Map<string, { identifier: Identifier; owner: string | null }>()
  const records: EventRecord[] = []
  const profileOf = new Map<string, string>()

  for (const { profile, version, mergedInto } of loaded) {
    people.set(profile.id, {
      profile,
      version,
      mergedInto,
      changed: false,
      pending: [],
      digests: new Set(),
    })
    if (mergedInto !== null) continue
    for (const identifier of profile.identifiers) owners.set(identifierKey(identifier), profile.id)
  }

  const read = (identifier: Identifier): void => {
    const key = identifierKey(identifier)
    if (!was.has(key)) was.set(key, { identifier, owner: owners.get(key) ?? null })
  }
  const ownerOf = (identifier: Identifier): Profile | undefined => {
    const id = owners.get(identifierKey(identifier))
    return id === undefined ? undefined : people.get(id)?.profile
  }
  const own = (identifier: Identifier, owner: string | null): void => {
    read(identifier)
    if (owner === null) owners.delete(identifierKey(identifier))
    else owners.set(identifierKey(identifier), owner)
  }
  const foldPending = (working: Working): void => {
    if (working.pending.length === 0) return
    working.profile = fold(working.profile, working.pending, rules)
    working.pending = []
    working.digests.clear()
  }

  const create = (identifiers: readonly Identifier[]): Working => {
    const first = identifiers[0] as Identifier
    let id = newId(first, 0)
    for (let attempt = 1; people.has(id); attempt++) id = newId(first, attempt)
    const working: Working = {
      profile: emptyProfile(id, identifierKey(first)),
      version: 0,
      mergedInto: null,
      changed: true,
      pending: [],
      digests: new Set(),
    }
    people.set(id, working)
    return working
  }

  /** The one seen first survives; a tombstone and a `$merge` record tell of the other. */
  const merge = (ids: readonly string[], delivery: Delivery): Working => {
    const joined = ids.map((id) => people.get(id) as Working)
    for (const working of joined) foldPending(working)
    joined.sort(
      (a, b) =>
        a.profile.firstSeenMs - b.profile.firstSeenMs || (a.profile.id < b.profile.id ? -1 : 1),
    )
    const [survivor, ...absorbed] = joined as [Working, ...Working[]]
    for (const other of absorbed) {
      records.push(mergeRecord(survivor.profile, other.profile, delivery, rules.epoch))
      survivor.profile = {
        ...mergeProfiles(survivor.profile, other.profile, rules),
        identifiers: union(survivor.profile.identifiers, other.profile.identifiers),
      }
      for (const identifier of other.profile.identifiers) own(identifier, survivor.profile.id)
      other.mergedInto = survivor.profile.id
      other.changed = true
      other.profile = {
        ...emptyProfile(other.profile.id, other.profile.splitKey),
        epoch: rules.epoch,
      }
    }
    survivor.changed = true
    return survivor
  }

  const folded = (working: Working, id: string): boolean =>
    working.digests.has(id) || hasSeen(working.profile.seen, id)

  for (const delivery of deliveries) {
    const { message, identifiers, times } = delivery
    for (const identifier of identifiers.usable) read(identifier)
    const stitched = stitch({
      identifiers: identifiers.usable,
      ownerOf,
      rules: rules.identity,
      timestampMs: times.timestampMs,
      joinsKnown: identifiers.joinsKnown,
      apart: () => false,
    })
    const id = digest(message.messageId)

    const first = stitched.owners[0]
    const repeat = [...people.values()].find((working) => folded(working, id))
    if (repeat !== undefined) {
      profileOf.set(message.messageId, first ?? repeat.profile.id)
      continue
    }

    const working =
      first === undefined
        ? create(identifiers.usable)
        : stitched.owners.length === 1
          ? (people.get(first) as Working)
          : merge(stitched.owners, delivery)
    const profileId = working.profile.id
    profileOf.set(message.messageId, profileId)

    const kept = identifiers.usable.filter((i) => !stitched.leftOut.includes(i))
    const room = makeRoom(
      touch(working.profile.identifiers, kept, times.timestampMs),
      rules.identity,
    )
    for (const identifier of stitched.attach) own(identifier, profileId)
    for (const identifier of room.released) own(identifier, null)
    working.profile = { ...working.profile, identifiers: room.identifiers }
    working.changed = true

    const late = isLate(working.profile.seenFloorSeconds, times.timestampMs)
    const record = recordOf(delivery, profileId, rules.epoch, late)
    records.push(record)
    if (!late) {
      working.pending.push(record)
      working.digests.add(id)
    }
  }

  for (const working of people.values()) foldPending(working)
  const changed = [...people.values()].filter((working) => working.changed)
  return {
    profiles: changed.map(({ profile, version, mergedInto }) => ({
      profile,
      expect: version,
      ...(mergedInto === null ? {} : { mergedInto }),
    })),
    identifiers: [...was.values()].map(({ identifier, owner }) => ({
      identifier: { type: identifier.type, value: identifier.value },
      was: owner,
      now: owners.get(identifierKey(identifier)) ?? null,
    })),
    records,
    profileOf,
    people: new Map(
      [...people.values()]
        .filter(({ mergedInto }) => mergedInto === null)
        .map(({ profile }) => [profile.id, profile]),
    ),
  }
}

function recordOf(
  { message, identifiers, times, receivedAtMs, source }: Delivery,
  profileId: string,
  epoch: number,
  late: boolean,
): EventRecord {
  const text = (value: string | null | undefined): string | undefined => value ?? undefined
  const record: { -readonly [K in keyof EventRecord]: EventRecord[K] | undefined } = {
    type: message.type,
    messageId: message.messageId,
    source,
    profileId,
    epoch,
    anonymousId: text(message.anonymousId),
    userId: text(message.userId),
    previousId: text(message.previousId),
    groupId: text(message.groupId),
    event: text(message.event),
    name: text(message.name),
    category: text(message.category),
    properties: message.properties ?? undefined,
    traits: message.traits ?? undefined,
    context: message.context ?? undefined,
    integrations: message.integrations ?? undefined,
    ...times,
    receivedAtMs,
    late: late ? true : undefined,
    claims: identifiers.claims.length > 0 ? identifiers.claims : undefined,
  }
  return record as EventRecord
}

function mergeRecord(
  survivor: Profile,
  absorbed: Profile,
  { message, times, receivedAtMs, source }: Delivery,
  epoch: number,
): EventRecord {
  return {
    type: '$merge',
    messageId: `$merge:${absorbed.id}:${message.messageId}`,
    source,
    profileId: survivor.id,
    epoch,
    properties: {
      survivor: survivor.id,
      absorbed: absorbed.id,
      cause: message.messageId,
      documents: JSON.parse(JSON.stringify([survivor, absorbed])),
    },
    ...times,
    receivedAtMs,
  }
}
