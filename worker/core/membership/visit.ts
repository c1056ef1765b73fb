/** How memberships go along with what happens to a profile: events, merges, time. */
import type { LoadedProfile } from '../ingest/delivery.ts'
import type { Profile } from '../profile/profile.ts'
import type { EventRecord } from '../record.ts'
import { uniteBits } from './bitmap.ts'
import { catchUp, evaluateNow, isBehind, MAX_MOVES, type Present } from './evaluate.ts'
import { NEVER_EVALUATED, type Membership, type Move, type Why } from './membership.ts'
import { segmentRecords } from './records.ts'

/** To be spread over a profile. */
export interface Visited {
  readonly membership: Pick<Profile, 'membership'>
  readonly moves: readonly Move[]
}

/** Nothing is kept of somebody as long as no segment ever was. */
const isOutside = (profile: Profile | null, { rules }: Present): boolean =>
  rules.tracked.length === 0 && profile?.membership === undefined

/** What time and publishes changed of somebody who was loaded; null is somebody new. */
export function broughtUp(loaded: Profile | null, present: Present): Visited {
  if (isOutside(loaded, present)) return { membership: {}, moves: [] }
  // To somebody new nothing was published.
  if (loaded === null) {
    return { membership: { membership: { ...NEVER_EVALUATED, epoch: present.epoch } }, moves: [] }
  }
  const before = loaded.membership ?? NEVER_EVALUATED
  if (!isBehind(before, present)) return { membership: { membership: before }, moves: [] }
  const { membership, moves } = catchUp(loaded, present)
  return { membership: { membership }, moves }
}

/** What came of an event or a merge, after `broughtUp`. */
export function movedNow(
  profile: Profile,
  present: Present,
  why: Why,
  before: readonly Move[],
): Visited {
  const { membership } = profile
  // Who is still behind keeps the reasons of what is left.
  if (membership === undefined || isBehind(membership, present)) {
    return { membership: {}, moves: before }
  }
  const now = evaluateNow(profile, present, why, MAX_MOVES - before.length)
  return { membership: { membership: now.membership }, moves: [...before, ...now.moves] }
}

/** Two people's memberships as one: in where either was. */
export function unite(a: Profile, b: Profile): Pick<Profile, 'membership'> {
  if (a.membership === undefined || b.membership === undefined) {
    const only = a.membership ?? b.membership
    return only === undefined ? {} : { membership: only }
  }
  const [one, two] = [a.membership, b.membership]
  const rest = one.rest ?? two.rest
  const dueMs = Math.min(one.dueMs ?? Infinity, two.dueMs ?? Infinity)
  return {
    membership: {
      epoch: Math.min(one.epoch, two.epoch),
      atMs: Math.max(one.atMs, two.atMs),
      ...(dueMs === Infinity ? {} : { dueMs }),
      ...(rest === undefined ? {} : { rest }),
      in: uniteBits(one.in, two.in),
    },
  }
}

/** Named in a commit only where it moves. */
export function dueMove(
  before: Profile | null,
  after: Profile,
): { readonly dueMs?: number | null } {
  const dueMs = after.membership?.dueMs ?? null
  return dueMs === (before?.membership?.dueMs ?? null) ? {} : { dueMs }
}

export interface Revisited {
  readonly profile: Profile
  readonly expect: number
  readonly mergedInto?: string
  readonly dueMs: number | null
  readonly records: readonly EventRecord[]
  /** Something is another than before, beside the moment of the visit. */
  readonly changed: boolean
}

/**
 * Somebody whom nothing happened to but time, and perhaps a publish.
 * @param anew also where nothing announced a change: an index, or a rule, may have been wrong
 */
export function revisit(
  { profile, version }: LoadedProfile,
  present: Present,
  anew = false,
): Revisited {
  const brought = broughtUp(profile, present)
  const through = { ...profile, ...brought.membership }
  const { membership, moves } = anew
    ? movedNow(through, present, 'publish', brought.moves)
    : brought
  const after = { ...through, ...membership, epoch: Math.max(profile.epoch, present.epoch) }
  const of = { profileId: profile.id, version: version + 1 }
  return {
    profile: after,
    expect: version,
    // Said even where it stays: the index may have lost it.
    dueMs: after.membership?.dueMs ?? null,
    records: segmentRecords(of, moves, present),
    changed: moves.length > 0 || isOther(profile.membership, after.membership, present),
  }
}

function isOther(
  before: Membership | undefined,
  after: Membership | undefined,
  { rules }: Present,
): boolean {
  if (before === undefined || after === undefined) return before !== after
  return before.in !== after.in || before.dueMs !== after.dueMs || before.epoch < rules.changedEpoch
}
