/** What the daily snapshot of everybody needs of the world. */
import type { JsonObject } from '../contract/message.ts'
import type { Batch, Lease } from './ports.ts'

/** One person as they stand, in the day's snapshot. */
export interface ProfileRow {
  /** Start of the day (UTC) whose snapshot it is, and the moment it was taken. */
  readonly dayMs: number
  readonly takenAtMs: number
  readonly profileId: string
  readonly version: number
  readonly epoch: number
  readonly firstSeenMs: number
  readonly lastSeenMs: number
  /** "type:value" */
  readonly identifiers: readonly string[]
  readonly traits: JsonObject
  readonly aggregates: JsonObject
  /** Those the person is in. */
  readonly segments: readonly string[]
  readonly lists: readonly string[]
  readonly consents: JsonObject
  /** Experiment → arm. */
  readonly experiments: JsonObject
}

/** The shard whose batches are the parts of daily snapshots. */
export const PROFILES_SHARD = 'profiles'

/** `after` is where the scan goes on; null at its beginning and at its end. */
export interface Snapshot {
  readonly dayMs: number
  readonly after: string | null
  readonly parts: number
  readonly rows: number
  readonly state: 'open' | 'done'
}

export interface SnapshotPart {
  /** null where the part of the scan held nobody. */
  readonly batch: Batch | null
  readonly next: string | null
  /** Nobody comes after it. */
  readonly last: boolean
}

/** The snapshot that is being taken, or was taken last. Every write holds only under the lease it names. */
export interface Snapshots {
  current(): Promise<Snapshot | null>
  /** False when the lease has changed hands. */
  begin(lease: Lease, dayMs: number, nowMs: number): Promise<boolean>
  /** Whether a part's file stands in the log of batches. */
  isFiled(path: string): Promise<boolean>
  /** The part stands in the log of batches and the scan behind it, in one step; null when the lease has changed hands. */
  advance(
    lease: Lease,
    snapshot: Snapshot,
    part: SnapshotPart,
    nowMs: number,
  ): Promise<Snapshot | null>
}
