/** Which segments a profile was in when it was last evaluated, and when it wants to be again. */
import type { CompiledSegment } from '../release/release.ts'

/** What brought somebody into a segment, or out of it. */
export type Why = 'event' | 'time' | 'publish' | 'merge' | 'unmerge'

/** The part of a profile that is not content: the laws leave it out. */
export interface Membership {
  /** The epoch it was evaluated under: bits of slots given away since mean nothing. */
  readonly epoch: number
  /** The moment it was evaluated for. It never goes back. */
  readonly atMs: number
  /** Never later than the first moment at which time alone changes something; absent if never. */
  readonly dueMs?: number
  /** More had changed than one commit takes: the rest, for this reason, is due at once. */
  readonly rest?: Why
  /** One bit a slot; see bitmap.ts. */
  readonly in: string
}

/** A segment that people enter and leave. */
export interface TrackedSlot {
  /** Among the release's segments. */
  readonly index: number
  readonly key: string
  readonly version: string
  readonly slot: number
  readonly sinceEpoch: number
  readonly versionEpoch: number
}

/** What evaluating somebody's memberships needs of a release. */
export interface MembershipRules {
  readonly segments: readonly CompiledSegment[]
  readonly tracked: readonly TrackedSlot[]
  /** The epoch at which one of them last changed its meaning. */
  readonly changedEpoch: number
  /** One more than the highest slot in use. */
  readonly slots: number
}

/** Somebody entered or left a segment. */
export interface Move {
  readonly segment: TrackedSlot
  readonly entered: boolean
  readonly why: Why
  readonly atMs: number
  /** False where so many moments had passed that the true one was not looked for. */
  readonly exact: boolean
}

export const NEVER_EVALUATED: Membership = { epoch: 0, atMs: 0, in: '' }
