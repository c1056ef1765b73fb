/**
 * What the way from the outbox to the warehouse needs of the world.
 * A shard is one outbox in commit order; its positions are whole numbers that
 * only ever grow. Nothing here knows which database holds it.
 */

/** One row of the outbox: the records of one commit, as the JSON of an OutboxBody. */
export interface OutboxEntry {
  readonly seq: number
  readonly receivedMs: number
  readonly body: string
}

/** Neighbouring entries of one hour: what becomes one file. */
export interface OutboxRange {
  readonly fromSeq: number
  readonly toSeq: number
  /** Start of the hour in which all of them arrived. */
  readonly hourMs: number
  /** How many there are, so that a reader can tell when some were trimmed under it. */
  readonly entries: number
}

export interface RangeLimits {
  readonly maxEntries: number
  /** Of the bodies in UTF-8; a single entry may be larger. */
  readonly maxBytes: number
}

export interface OutboxReader {
  readonly shard: string
  /** Name of the lease under which it is drained. */
  readonly lease: string
  /** The next range after a position; null when nothing waits. */
  next(afterSeq: number, limits: RangeLimits): Promise<OutboxRange | null>
  /** The range's entries in order, a page at a time. */
  read(range: OutboxRange): AsyncIterable<readonly OutboxEntry[]>
  /** Removes up to `maxEntries` of a range while the lease holds; how many went. */
  trim(lease: Lease, range: OutboxRange, maxEntries: number): Promise<number>
  /** What lies after a position. */
  backlog(afterSeq: number, nowMs: number): Promise<Backlog>
}

export interface Backlog {
  /** Outbox entries not yet in a file. */
  readonly backlogRows: number
  /** Age of the oldest of them; 0 when none waits. */
  readonly lagMs: number
}

/**
 * The right to write, as a fencing token: every change of hands raises
 * `fence`, and every write names it, so that a holder who slept through his
 * expiry changes nothing when he wakes.
 */
export interface Lease {
  readonly name: string
  readonly fence: number
}

export interface LeaseState extends Lease {
  readonly holder: string
  readonly untilMs: number
}

export interface Leases {
  /** null while somebody else's has not expired. */
  acquire(name: string, holder: string, nowMs: number, untilMs: number): Promise<Lease | null>
  /** False when it has changed hands. */
  renew(lease: Lease, untilMs: number): Promise<boolean>
  /** Lets the next one in at once; nothing if it has changed hands. */
  release(lease: Lease): Promise<void>
  read(name: string): Promise<LeaseState | null>
}

/** A file, from before it is put. */
export interface Batch {
  /** The idempotency key of every sink. */
  readonly batchId: string
  readonly path: string
  readonly rows: number
  readonly bytes: number
}

/**
 * `open`: the range is fixed. `named`: so is the name of its file.
 * `written`: the file is durable. `done`: the range is trimmed.
 */
export type ManifestState = 'open' | 'named' | 'written' | 'done'

export interface Manifest extends OutboxRange {
  readonly shard: string
  readonly state: ManifestState
  /** null while open. */
  readonly batch: Batch | null
  /** Where in the file its rows begin: compaction puts several batches into one. */
  readonly firstRow: number
  readonly updatedMs: number
}

/** Whether its file is durable, so that nothing of it is in the backlog. */
export const isWritten = ({ state }: Manifest): boolean => state === 'written' || state === 'done'

/** The log of batches: at most the newest of a shard is not done; its toSeq is the cursor. */
export interface Manifests {
  /** Newest first. */
  latest(shard: string, limit: number): Promise<readonly Manifest[]>
  /** The oldest whose file is durable, after a position; null when there is none. */
  after(shard: string, afterSeq: number): Promise<Manifest | null>
  /** How many there are after a position (told up to 1,000), and when the oldest was written. */
  behind(shard: string, afterSeq: number): Promise<{ batches: number; oldestMs: number | null }>
  /** By its first position. */
  at(shard: string, fromSeq: number): Promise<Manifest | null>
  /** Fixes a range before it is encoded; null when the lease has changed hands. */
  open(lease: Lease, shard: string, range: OutboxRange, nowMs: number): Promise<Manifest | null>
  /** open → named; null when the lease has changed hands. */
  name(lease: Lease, manifest: Manifest, batch: Batch, nowMs: number): Promise<Manifest | null>
  /** named → written, with the size of what lies there; null when the lease has changed hands. */
  advance(lease: Lease, manifest: Manifest, bytes: number, nowMs: number): Promise<Manifest | null>
  /** written → done; null when the lease has changed hands. */
  close(lease: Lease, manifest: Manifest, nowMs: number): Promise<Manifest | null>
}

export interface EncodedBatch {
  readonly batch: Batch
  /** How many entries went in. */
  readonly entries: number
  readonly file: Uint8Array
}

/** Entries → one file, the same bytes every time. */
export type BatchEncoder = (
  shard: string,
  range: OutboxRange,
  pages: AsyncIterable<readonly OutboxEntry[]>,
) => Promise<EncodedBatch>

/** A batch that goes into a compacted file, and where it lies until then. */
export interface Piece {
  readonly fromSeq: number
  readonly batchId: string
  readonly path: string
  readonly firstRow: number
  readonly rows: number
}

/** `open`: what goes into the file is fixed. `pointed`: the manifests lead to it, and the old files go. */
export interface Compaction {
  readonly shard: string
  readonly path: string
  readonly pieces: readonly Piece[]
  readonly state: 'open' | 'pointed'
}

/** What is compacted, one file at a time in a shard. Every write holds only under the lease it names. */
export interface Compactions {
  current(shard: string): Promise<Compaction | null>
  /** Batches of the oldest hour up to one that have files of their own, in order. */
  loose(shard: string, upToHourMs: number, limit: number): Promise<readonly Manifest[]>
  /** Their files stay as they are. */
  settle(lease: Lease, shard: string, fromSeqs: readonly number[]): Promise<boolean>
  open(lease: Lease, compaction: Compaction, nowMs: number): Promise<boolean>
  /** In one step every manifest of it leads to the new file. */
  point(lease: Lease, compaction: Compaction, nowMs: number): Promise<boolean>
  close(lease: Lease, shard: string): Promise<boolean>
}

export interface ObjectBucket {
  /** Those that are not there are no fault. At most 1,000. */
  remove(paths: readonly string[]): Promise<void>
  /** Stores the file unless its path is taken; answers the size of what lies there then. */
  putIfAbsent(path: string, file: Uint8Array, note: Record<string, string>): Promise<number>
}

/** What was put down beside a file. */
export interface ObjectNotes {
  /** null where there is no such file. */
  noteOf(
    path: string,
  ): Promise<{ readonly bytes: number; readonly note: Readonly<Record<string, string>> } | null>
}

/** Files by range, for readers that hold no whole file. */
export interface ObjectReader {
  /** The last bytes, or all where it has fewer, and its size. Throws FileGoneError when there is none. */
  tail(path: string, bytes: number): Promise<{ readonly size: number; readonly end: ArrayBuffer }>
  /** `to` is not included. Throws FileGoneError. */
  slice(path: string, from: number, to: number): Promise<ArrayBuffer>
}

/** A run spans many batches, so it asks more than once. */
export interface Clock {
  nowMs(): number
}
