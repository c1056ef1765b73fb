/** From two people told apart to the commit that makes them two again. */
import { digest } from '../hash.ts'
import { formerly, type FormerOwner } from '../identity/former.ts'
import { identifierKey, type Identifier } from '../identity/identifier.ts'
import { mergeFacts, type UnmergeFacts } from '../identity/identity-map.ts'
import { makeRoom } from '../identity/roster.ts'
import { MAX_IDENTIFIERS } from '../identity/stitch.ts'
import type { Ingested, IngestRules, LoadedProfile } from '../ingest/delivery.ts'
import type { Present } from '../membership/evaluate.ts'
import { broughtUp, dueMove, movedNow } from '../membership/visit.ts'
import { segmentRecords } from '../membership/records.ts'
import { lessonRecords } from '../ingest/lessons.ts'
import type { Lesson } from '../ingest/people.ts'
import { parted } from '../learning/learn.ts'
import { joinMarks, markOf, MAX_APART } from '../profile/apart.ts'
import type { Profile, ProfileIdentifier } from '../profile/profile.ts'
import { mergeSeen, seenDigests } from '../profile/seen.ts'
import type { EventRecord } from '../record.ts'
import { fail, ok, type Result } from '../result.ts'
import type { Separation } from './separate.ts'

/** How the store has everybody concerned now. */
export interface Standing {
  /** The living one, and every tombstone that changes. */
  readonly people: ReadonlyMap<string, LoadedProfile>
  ownerOf(identifier: Identifier): string | null
}

export type UnmergeError =
  /** So many messages that the living profile remembers were not in the history. */
  | { readonly code: 'incomplete'; readonly missing: number }
  /** One of them is a side of too many pairs already. */
  | { readonly code: 'too_many_apart' }

export type Unmerged = Pick<Ingested, 'profiles' | 'identifiers' | 'former' | 'records'> & {
  readonly stays: Profile
  readonly leaves: Profile
  /** The `$unmerge` among the records. */
  readonly record: EventRecord
}

/** Whoever writes a record that no source sent. */
const OPERATOR = '$operator'

export function unmerge(
  merge: EventRecord,
  separation: Separation,
  standing: Standing,
  { rules, nowMs }: { readonly rules: IngestRules; readonly nowMs: number },
): Result<Unmerged, UnmergeError> {
  const { survivor, absorbed, cause } = mergeFacts(merge)
  const { along, moved } = separation
  const living = standing.people.get(separation.stays.id) as LoadedProfile
  const missing = missingFrom(living.profile, separation, rules)
  if (missing > 0) return fail({ code: 'incomplete', missing })

  const messageId = `$unmerge:${absorbed}:${survivor}:${cause}`
  const apart = digest(messageId)
  const rosters = ([0, 1] as const).map((side) =>
    rosterOf(side, separation, living.profile, standing),
  )
  const [stays, leaves] = ([0, 1] as const).map((side) => {
    const person = side === 0 ? separation.stays : separation.leaves
    return visited(
      {
        ...person,
        epoch: Math.max(living.profile.epoch, rules.epoch),
        identifiers: makeRoom(rosters[side] ?? [], rules.identity).identifiers,
        apart: joinMarks(person.apart, [markOf(apart, side)]) ?? [],
      },
      standing.people.get(person.id)?.version ?? 0,
      // Who leaves goes on where they stood at the merge.
      side === 0 ? living.profile : person,
      { rules: rules.membership, epoch: rules.epoch, nowMs },
    )
  }) as [Visited, Visited]
  const marks = [stays, leaves].map(({ profile }) => profile.apart?.length ?? 0)
  if (Math.max(...marks) > MAX_APART) return fail({ code: 'too_many_apart' })

  const facts: UnmergeFacts = {
    merge: merge.messageId,
    survivor,
    absorbed,
    mergedMs: merge.receivedAtMs,
    stays: stays.profile.id,
    leaves: leaves.profile.id,
    along,
    moved,
    apart,
    documents: [stays.through, leaves.through],
  }
  const record: EventRecord = {
    type: '$unmerge',
    messageId,
    source: OPERATOR,
    profileId: stays.profile.id,
    epoch: rules.epoch,
    properties: JSON.parse(JSON.stringify(facts)),
    timestampMs: nowMs,
    receivedAtMs: nowMs,
    originalTimestampMs: null,
    sentAtMs: null,
  }
  const after = [stays, leaves].map(({ profile }) => profile.learning)
  const lesson: Lesson = {
    profileId: stays.profile.id,
    version: living.version + 1,
    rewards: [],
    change: parted(living.profile.learning, after, rules.learning),
  }
  return ok({
    stays: stays.profile,
    leaves: leaves.profile,
    record,
    profiles: [
      { ...stays.write, ...dueMove(living.profile, stays.profile) },
      { ...leaves.write, ...dueMove(null, leaves.profile) },
      ...Object.entries(along).flatMap(([id, mergedInto]) => {
        const tombstone = standing.people.get(id)
        return tombstone === undefined
          ? []
          : [{ profile: tombstone.profile, expect: tombstone.version, mergedInto }]
      }),
    ],
    identifiers: changesOf(rosters, [stays.profile, leaves.profile], standing),
    former: formerOf(rosters, separation, [stays.profile, leaves.profile]),
    records: [
      ...stays.earlier,
      ...leaves.earlier,
      record,
      ...lessonRecords([lesson], { receivedAtMs: nowMs, source: OPERATOR }, rules.epoch),
      ...stays.now,
      ...leaves.now,
    ],
  })
}

/** Who is in what is not part of it. */
function contentOf({ membership: _membership, ...content }: Profile): Profile {
  return content
}

interface Visited {
  readonly profile: Profile
  /** As logged: its entries and exits of now follow as records of their own. */
  readonly through: Profile
  readonly write: { readonly profile: Profile; readonly expect: number }
  /** What time and publishes had changed before. */
  readonly earlier: readonly EventRecord[]
  readonly now: readonly EventRecord[]
}

/** Entries and exits of somebody who is less than before. */
function visited(person: Profile, version: number, before: Profile, present: Present): Visited {
  const brought = broughtUp(before, present)
  const through = { ...contentOf(person), ...brought.membership }
  const { membership, moves } = movedNow(through, present, 'unmerge', brought.moves)
  const profile = { ...through, ...membership }
  const records = segmentRecords({ profileId: profile.id, version: version + 1 }, moves, present)
  const earlier = brought.moves.length
  return {
    profile,
    through,
    write: { profile, expect: version },
    earlier: records.slice(0, earlier),
    now: records.slice(earlier),
  }
}

/** The profile remembers which messages it is made of: all must be found again in one of the two. */
function missingFrom(living: Profile, { stays, leaves }: Separation, rules: IngestRules): number {
  const both = mergeSeen(
    { packed: stays.seen, floorSeconds: stays.seenFloorSeconds },
    { packed: leaves.seen, floorSeconds: leaves.seenFloorSeconds },
    rules.caps.seen,
  )
  if (both.packed === living.seen && both.floorSeconds === living.seenFloorSeconds) return 0
  const found = new Set(seenDigests(both.packed))
  return Math.max(1, seenDigests(living.seen).filter((one) => !found.has(one)).length)
}

/**
 * What a person gets of what the living one owns now, and what had to make room
 * since the merge and belongs to nobody: newest first, as far as it fits.
 */
function rosterOf(
  side: 0 | 1,
  { stays, leaves, released }: Separation,
  living: Profile,
  { ownerOf }: Standing,
): readonly ProfileIdentifier[] {
  const isOwned = (identifier: Identifier): boolean => ownerOf(identifier) === living.id
  const owned = [stays, leaves][side]?.identifiers.filter(isOwned) ?? []
  if (side === 0) {
    // Whatever no record names, as after a repair of the index.
    const told = new Set([...stays.identifiers, ...leaves.identifiers].map(identifierKey))
    owned.push(...living.identifiers.filter((identifier) => !told.has(identifierKey(identifier))))
  }
  const free = released[side]
    .filter((identifier) => ownerOf(identifier) === null)
    .sort((a, b) => b.lastSeenMs - a.lastSeenMs || (a.value < b.value ? -1 : 1))
  return [...owned, ...free.slice(0, Math.max(0, MAX_IDENTIFIERS - owned.length))]
}

/** What either had and does not get back: whoever counted its messages is asked when they come again. */
function formerOf(
  rosters: readonly (readonly ProfileIdentifier[])[],
  { released }: Separation,
  people: readonly Profile[],
): readonly FormerOwner[] {
  const lost = people.flatMap(({ id, identifiers }, side) => {
    const kept = new Set(identifiers.map(identifierKey))
    return [...(rosters[side] ?? []), ...(released[side] ?? [])]
      .filter((identifier) => !kept.has(identifierKey(identifier)))
      .map((identifier) => ({ identifier: formerly(identifier), profileId: id }))
  })
  return [...new Map(lost.map((one) => [identifierKey(one.identifier), one])).values()]
}

/** Whatever was looked at is guarded; what made room belongs to nobody. */
function changesOf(
  rosters: readonly (readonly ProfileIdentifier[])[],
  people: readonly Profile[],
  { ownerOf }: Standing,
): Ingested['identifiers'] {
  return rosters.flatMap((roster, side) => {
    const { id, identifiers } = people[side] as Profile
    const kept = new Set(identifiers.map(identifierKey))
    return roster.map(({ type, value }) => ({
      identifier: { type, value },
      was: ownerOf({ type, value }),
      now: kept.has(identifierKey({ type, value })) ? id : null,
    }))
  })
}
