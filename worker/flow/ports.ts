/** What the flows need of the world. Adapters: worker/store, worker/deps.ts. */
import type { Configuration } from '../contract/config.ts'
import type { EventRecord } from '../core/record.ts'
import type { Identifier } from '../core/identity/identifier.ts'
import type { Profile } from '../core/profile/profile.ts'
import type { Release } from '../core/release/release.ts'

export interface VersionedProfile {
  readonly profile: Profile
  /** 0 is a profile not yet stored. */
  readonly version: number
  /** A tombstone names the survivor of its merge. */
  readonly mergedInto: string | null
}

export interface ProfileWrite {
  readonly profile: Profile
  /** The version it was computed from. */
  readonly expect: number
  readonly mergedInto?: string
}

export interface IdentifierWrite {
  readonly identifier: Identifier
  /** The owner it was computed from; null is none. */
  readonly was: string | null
  /** The owner after the commit; equal to `was` when it was only read. */
  readonly now: string | null
}

export interface Commit {
  /** Repeating a commit under the same id is safe. */
  readonly id: string
  readonly receivedAtMs: number
  readonly profiles: readonly ProfileWrite[]
  readonly identifiers: readonly IdentifierWrite[]
  readonly records: readonly EventRecord[]
}

export type CommitResult =
  | { readonly done: true }
  /** Somebody else was first: the documents as they stand now. */
  | { readonly done: false; readonly current: readonly VersionedProfile[] }

/**
 * Profiles and the outbox behind one atomic commit. Errors of the driver
 * are thrown as StoreError; nothing else is.
 */
export interface ProfileStore {
  /** The profiles that own any of the identifiers: one trip. */
  load(identifiers: readonly Identifier[]): Promise<readonly VersionedProfile[]>
  /** All or nothing: profiles, identifiers and outbox: one trip. */
  commit(commit: Commit): Promise<CommitResult>
  /** Appends records that change no profile, such as decisions: one trip. */
  append(id: string, receivedAtMs: number, records: readonly EventRecord[]): Promise<void>
}

/** The store did not answer as it should; `cause` says how. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}

export interface Activation {
  readonly epoch: number
  readonly release: number
}

/** Drafts and releases. */
export interface ConfigurationStore {
  /** The release that is active, compiled; null before the first publish. `knownEpoch` skips the reading of one already in hand. */
  active(knownEpoch: number | null): Promise<ActiveRelease | null | 'unchanged'>
}
export interface ActiveRelease extends Activation {
  readonly stopped: boolean
  readonly configuration: Configuration
}

/** The compiled release an isolate holds, refreshed as it ages. */
export interface Releases {
  /** Throws StoreError only if none was ever read. */
  current(atLeastEpoch?: number): Promise<Release | null>
}

export interface Clock {
  nowMs(): number
}
export interface Ids {
  messageId(): string
  profileId(): string
  commitId(): string
}

/** Makes and checks decisionIds. */
export interface DecisionSigner {
  sign(claim: DecisionClaim): string
  /** null when the signature does not hold. */
  verify(decisionId: string): DecisionClaim | null
}

/** What a decisionId carries, so that an exposure needs no look-up. */
export interface DecisionClaim {
  /** Nonce: equal for a retried question. */
  readonly id: string
  readonly placement: string
  readonly policy: string | null
  readonly action: string
  readonly arm: string | null
  /** Probability with which this arm was drawn. */
  readonly propensity: number
  readonly epoch: number
  readonly atMs: number
}
