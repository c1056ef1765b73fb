/**
 * A sink is a warehouse that follows the log of batches at its own pace:
 * whatever fills one passes test/warehouse/sink-contract.ts. Nothing here
 * knows which.
 */
import type { Lease, Manifest } from './ports.ts'

/** Which table a file's rows are of. */
export type SinkTable = 'events' | 'profiles'

/**
 * A value as it lies in the file: UTF-8 for text and JSON, milliseconds since
 * 1970 for a time. Bytes may be shared: whoever changes them copies first.
 */
export type Cell = Uint8Array | bigint | number | boolean | null | undefined

/** Neighbouring rows by column, all of one length; a column that the file has not is absent. */
export interface RowGroup {
  readonly rows: number
  readonly columns: ReadonlyMap<string, ArrayLike<Cell>>
}

export interface SinkBatch {
  /** The idempotency key. */
  readonly batchId: string
  readonly table: SinkTable
  readonly rows: number
  /** All rows in their order, a bounded group at a time; again from the first at each call. */
  read(): AsyncIterable<RowGroup>
}

/** One warehouse beside the files on R2. Made for one run; opened when it is first needed. */
export interface Sink {
  readonly name: string
  /**
   * All rows of the batch or none, and once however often it is called:
   * `already` when an earlier call had done it. Throws SinkError, and whatever
   * reading the batch throws.
   */
  apply(batch: SinkBatch): Promise<'applied' | 'already'>
  /** Lets its connection go; never throws. */
  close(): Promise<void>
}

/**
 * Why a batch did not go in. `unavailable`: the sink takes nothing now, so
 * every batch would fail and this one is not to blame. `failed`: this batch
 * did, and after some tries the ones behind it go first.
 */
export class SinkError extends Error {
  override readonly name = 'SinkError'
  readonly kind: 'unavailable' | 'failed'
  constructor(kind: SinkError['kind'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** A batch's file is not where its manifest said: it was compacted meanwhile. */
export class FileGoneError extends Error {
  override readonly name = 'FileGoneError'
}

/** How far a sink has come in one shard. */
export interface SinkState {
  readonly sink: string
  readonly shard: string
  /** Last position of the last batch that is behind it, applied or put aside. */
  readonly afterSeq: number
  /** Of the next batch, so far in vain; what failed last, and when it is tried again. */
  readonly tries: number
  readonly retryAtMs: number
  readonly error: string | null
  /** Ever applied. */
  readonly batches: number
  readonly rows: number
  readonly updatedMs: number
}

/** A batch that was put aside after too many tries. */
export interface DeadLetter {
  readonly sink: string
  readonly shard: string
  readonly fromSeq: number
  readonly batchId: string
  readonly tries: number
  readonly error: string
  /** Somebody asked for another try. */
  readonly wanted: boolean
  readonly atMs: number
}

/** Where each sink stands. Every write but `want` holds only under the lease it names. */
export interface SinkLog {
  /** As at the very beginning where nothing is known. */
  read(sink: string, shard: string): Promise<SinkState>
  all(): Promise<readonly SinkState[]>
  /** The batch is in: the cursor is behind it. False when the lease has changed hands. */
  advance(
    lease: Lease,
    state: SinkState,
    toSeq: number,
    rows: number,
    nowMs: number,
  ): Promise<boolean>
  /** The batch is to be tried again. */
  defer(lease: Lease, state: SinkState, failure: Failure, nowMs: number): Promise<boolean>
  /** The batch is put aside and the cursor is behind it, in one step. */
  bury(
    lease: Lease,
    state: SinkState,
    batch: Manifest,
    failure: Failure,
    nowMs: number,
  ): Promise<boolean>
  /** Newest first. */
  deadLetters(limit: number): Promise<readonly DeadLetter[]>
  /** The oldest that somebody wants tried again; null when there is none. */
  wanted(sink: string, shard: string): Promise<DeadLetter | null>
  /** A dead letter went in after all. */
  settle(lease: Lease, letter: DeadLetter, rows: number, nowMs: number): Promise<boolean>
  /** It failed again: dead as before. */
  rebury(lease: Lease, letter: DeadLetter, failure: Failure, nowMs: number): Promise<boolean>
  /** Has all dead letters of a sink tried again, and what waits for its next try tried at once; how many letters. */
  want(sink: string, nowMs: number): Promise<number>
}

export interface Failure {
  readonly tries: number
  readonly retryAtMs: number
  readonly error: string
}
