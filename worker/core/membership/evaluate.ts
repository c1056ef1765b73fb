/**
 * What a profile entered and left since it was last evaluated. Time comes
 * first, moment by moment, then what a publish changed, and then the event:
 * so each move has its own reason, and those of time their exact moment.
 */
import { factsOf } from '../condition/facts.ts'
import type { Profile } from '../profile/profile.ts'
import { hasBit, packBits, setBit, unpackBits } from './bitmap.ts'
import {
  NEVER_EVALUATED,
  type Membership,
  type MembershipRules,
  type Move,
  type TrackedSlot,
  type Why,
} from './membership.ts'

export interface Evaluated {
  readonly membership: Membership
  readonly moves: readonly Move[]
}

/** Moves that one commit writes of one person; the rest follows at once. */
export const MAX_MOVES = 500
/** Moments that time brought, one by one; after that it is the present at once. */
export const MAX_MOMENTS = 64

export interface Present {
  readonly rules: MembershipRules
  readonly epoch: number
  readonly nowMs: number
}

/** Whether time or a publish may have changed something before anything else does. */
export function isBehind({ epoch, dueMs }: Membership, { rules, nowMs }: Present): boolean {
  return (dueMs !== undefined && dueMs <= nowMs) || epoch < rules.changedEpoch
}

/**
 * Brings somebody to the present: what time changed at the moments it did,
 * what was published since as of now.
 */
export function catchUp(profile: Profile, present: Present): Evaluated {
  const { rules, epoch } = present
  const before = profile.membership ?? NEVER_EVALUATED
  const nowMs = Math.max(present.nowMs, before.atMs)
  const known = rules.tracked.filter(({ versionEpoch }) => versionEpoch <= before.epoch)
  const moves: Move[] = []
  let membership = before
  for (let moments = 0; isDue(membership, nowMs) && moves.length < MAX_MOVES; moments++) {
    const exact = moments < MAX_MOMENTS
    const step = evaluate(profile, membership, rules, known, {
      epoch: before.epoch,
      atMs: exact ? Math.max(membership.dueMs ?? 0, before.atMs) : nowMs,
      why: membership.rest ?? 'time',
      exact,
      most: MAX_MOVES - moves.length,
    })
    moves.push(...step.moves)
    membership = step.membership
  }
  if (before.epoch >= rules.changedEpoch) return { membership: { ...membership, epoch }, moves }
  if (moves.length >= MAX_MOVES) return { membership, moves }
  const published = evaluate(profile, membership, rules, rules.tracked, {
    epoch,
    atMs: nowMs,
    why: 'publish',
    exact: true,
    most: MAX_MOVES - moves.length,
  })
  return { membership: published.membership, moves: [...moves, ...published.moves] }
}

const isDue = ({ dueMs }: Membership, nowMs: number): boolean =>
  dueMs !== undefined && dueMs <= nowMs

/** As things stand now; nothing of somebody who is still behind. */
export function evaluateNow(
  profile: Profile,
  { rules, epoch, nowMs }: Present,
  why: Why,
  most: number,
): Evaluated {
  const before = profile.membership ?? NEVER_EVALUATED
  return evaluate(profile, before, rules, rules.tracked, {
    epoch,
    atMs: Math.max(nowMs, before.atMs),
    why,
    exact: true,
    most,
  })
}

interface Step {
  readonly epoch: number
  readonly atMs: number
  readonly why: Why
  readonly exact: boolean
  /** So many moves at most. */
  readonly most: number
}

function evaluate(
  profile: Profile,
  before: Membership,
  rules: MembershipRules,
  tracked: readonly TrackedSlot[],
  { epoch, atMs, why, exact, most }: Step,
): Evaluated {
  const facts = factsOf(rules.segments, profile, {}, atMs)
  const bits = unpackBits(before.in, rules.slots)
  const moves: Move[] = []
  let rest = false
  let nextMs = Infinity
  for (const segment of tracked) {
    const { index, slot, sinceEpoch } = segment
    const bit = hasBit(bits, slot)
    const was = bit && sinceEpoch <= before.epoch
    const is = facts.segment(index)
    const moved = was !== is && moves.length < most
    if (moved) moves.push({ segment, entered: is, why, atMs, exact })
    else if (was !== is) rest = true
    const stands = moved ? is : was
    if (bit !== stands) setBit(bits, slot, stands)
    nextMs = Math.min(nextMs, facts.segmentNextChangeMs(index))
  }
  const { dueMs: standingMs } = before
  // An earlier moment that was named already may stay: moving it costs a write.
  const isEarly = standingMs !== undefined && standingMs > atMs && standingMs <= nextMs
  const dueMs = rest ? atMs : isEarly ? standingMs : Math.max(nextMs, atMs + 1)
  return {
    membership: {
      epoch,
      atMs,
      ...(dueMs === Infinity ? {} : { dueMs }),
      ...(rest ? { rest: why } : {}),
      in: packBits(bits),
    },
    moves,
  }
}
