/**
 * The profile document: all that is known of one person. Every section is a
 * join-semilattice or a sum, so that records may arrive in any order; see
 * fold.ts for the laws and caps.ts for the bounds.
 */
import type { Membership } from '../membership/membership.ts'
import type { AggregateState } from '../aggregate/aggregate.ts'
import type { JsonValue } from '../../contract/message.ts'
import type { Learning } from '../learning/section.ts'
import type { ApartMarks } from './apart.ts'

/** [timestampMs, digest of the messageId]: the order in which writers win. */
export type WriteKey = readonly [timestampMs: number, digest: string]

export interface Trait {
  /** null is a tombstone: the trait was unset. */
  readonly value: JsonValue
  readonly at: WriteKey
  /** Key of the source that said so. */
  readonly source: string
}

export interface ProfileIdentifier {
  readonly type: string
  readonly value: string
  readonly firstSeenMs: number
  readonly lastSeenMs: number
}

/** [timestampMs, digest, event name, the properties that conditions read]. */
export type RecentEvent = readonly [
  timestampMs: number,
  digest: string,
  event: string,
  properties: { readonly [name: string]: JsonValue } | 0,
]

export interface Choice {
  readonly at: WriteKey
}

/** "purpose/digest of the giver" → when they last said so. */
export interface Consents {
  readonly granted: { readonly [purposeAndGiver: string]: Choice }
  readonly denied: { readonly [purposeAndGiver: string]: Choice }
  /** More denials than are kept: from then on nothing counts as granted. */
  readonly denialLost: boolean
}

/** 1 for on it, 0 for taken off: a tombstone. */
export type ListMark = readonly [timestampMs: number, isIn: 0 | 1]

export interface Profile {
  readonly schema: 3
  readonly id: string
  /** What splits are drawn by; fixed when the profile is made. */
  readonly splitKey: string
  readonly firstSeenMs: number
  readonly lastSeenMs: number
  readonly identifiers: readonly ProfileIdentifier[]
  readonly traits: { readonly [name: string]: Trait }
  /** Oldest first. */
  readonly recent: readonly RecentEvent[]
  /** When the newest event happened that `recent` had no more room for; 0, or nothing, while it holds all. */
  readonly recentFloorMs?: number
  /** Packed messageIds already folded; see seen.ts. */
  readonly seen: string
  /** The greatest timestamp (seconds) that was evicted from `seen`; 0 when none was. */
  readonly seenFloorSeconds: number
  readonly consents: Consents
  /** Static lists by name: whether the person was put on it or taken off it last. */
  readonly lists?: { readonly [name: string]: ListMark }
  /** Packed counters of what some cap counts; see exposures.ts. */
  readonly exposures: string
  /** Packed arms of experiments; see arms.ts. */
  readonly arms: string
  /** Packed reservations; see reserved.ts. */
  readonly reserved: string
  /** By the id of what is asked; see aggregate/needs.ts. */
  readonly aggregates: { readonly [id: string]: AggregateState }
  /** Absent where there is nothing to learn from. */
  readonly learning?: Learning
  /** The greatest folded timestamp: what windows and floors are measured from. */
  readonly greatestMs: number
  /** Absent before the first evaluation. Not part of the content. */
  readonly membership?: Membership
  /** The newest epoch it was folded under: an isolate that lags behind refreshes first. */
  readonly epoch: number
  /** What the caps turned away, for the curious; not part of the content. */
  readonly dropped: { readonly [section: string]: number }
  /** Whom this person must never be joined with; absent for nearly everybody. */
  readonly apart?: ApartMarks
  /** Of a tombstone: when what showed the merge arrived. */
  readonly mergedMs?: number
}

/** A profile with no record in it. Its first and last seen are those of its first fold. */
export const emptyProfile = (id: string, splitKey: string): Profile => ({
  schema: 3,
  id,
  splitKey,
  firstSeenMs: Number.MAX_SAFE_INTEGER,
  lastSeenMs: 0,
  identifiers: [],
  traits: {},
  recent: [],
  recentFloorMs: 0,
  seen: '',
  seenFloorSeconds: 0,
  consents: { granted: {}, denied: {}, denialLost: false },
  lists: {},
  exposures: '',
  arms: '',
  reserved: '',
  aggregates: {},
  greatestMs: 0,
  epoch: 0,
  dropped: {},
})
