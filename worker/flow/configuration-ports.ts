/** What publishing needs of a store: one draft, numbered releases, activations. */
import type { Configuration } from '../contract/config.ts'
import type { Slot, TrackedSegment } from '../core/membership/slots.ts'
import type { Model } from '../core/learning/model.ts'
import type { OutboxEnds } from './ports.ts'

export interface Activation {
  readonly epoch: number
  readonly release: number
}

export interface ActiveRelease extends Activation {
  readonly stopped: boolean
  readonly configuration: Configuration
  /** Where each of its segments stands in a profile's bitmap. */
  readonly slots: readonly Slot[]
}

export interface Draft {
  readonly revision: number
  readonly configuration: Configuration
}

export interface ReleaseSummary {
  readonly number: number
  readonly note: string
  readonly createdAt: string
  readonly active: boolean
}

export interface Status {
  readonly epoch: number | null
  readonly release: number | null
  readonly stopped: boolean
  readonly draftRevision: number | null
  readonly outbox: OutboxEnds
  /** Whom time may have moved into a segment, or out of one, and who waits to be evaluated. */
  readonly due: {
    /** Counting may stop at 10,000. */
    readonly profiles: number
    readonly oldest: string | null
  }
}

export interface Active {
  readonly release: ActiveRelease | 'unchanged'
  /** What was learned; null where nothing newer was than what is known. */
  readonly model: Model | null
}

/** Throws StoreError where the driver fails. */
export interface ConfigurationStore {
  /** null before the first publish. What is known already is told as unchanged. */
  active(knownEpoch: number | null, knownModel: number): Promise<Active | null>
  readDraft(): Promise<Draft | null>
  /** The new revision, or null when `expectedRevision` is no longer the draft's. */
  writeDraft(
    configuration: Configuration,
    expectedRevision: number | null,
    nowMs: number,
  ): Promise<number | null>
  /**
   * Writes and activates a release whose `segments` people enter and leave, or
   * null when the draft has moved on.
   */
  publish(
    configuration: Configuration,
    draftRevision: number,
    segments: readonly TrackedSegment[],
    note: string,
    nowMs: number,
  ): Promise<Activation | null>
  /** null when there is no such release. */
  activate(
    number: number,
    segments: readonly TrackedSegment[],
    nowMs: number,
  ): Promise<Activation | null>
  /** null before the first publish. */
  setStopped(stopped: boolean, nowMs: number): Promise<Activation | null>
  /** Newest first. */
  releases(limit: number): Promise<readonly ReleaseSummary[]>
  readRelease(number: number): Promise<Configuration | null>
  /** What an epoch was; null for one that never was. */
  activation(epoch: number): Promise<Omit<ActiveRelease, 'slots'> | null>
  status(): Promise<Omit<Status, 'outbox' | 'due'>>
}
