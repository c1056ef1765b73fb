/** What replay needs of the world: the files, a place for what it rebuilds, and the store as it stands. */
import type { Identifier } from '../core/identity/identifier.ts'
import type { LoadedProfile } from '../core/ingest/delivery.ts'
import type { Profile } from '../core/profile/profile.ts'
import type { EventRecord } from '../core/record.ts'

/**
 * `sweep`: what earlier runs left is removed. `fold`: records of the files are
 * folded. `settle`: what came of it is compared with the store, and written to
 * it where that was asked for. `recent`: so are people who were first met since
 * then, and those who are in no file yet. `survey`: the store is searched for
 * people whom no record names. `tidy`: what the run rebuilt is removed again.
 */
export type ReplayPhase = 'sweep' | 'fold' | 'settle' | 'recent' | 'survey' | 'tidy'

/** What a run is asked to do. */
export interface ReplayWish {
  /** Write what differs to the store, rather than only tell of it. */
  readonly apply: boolean
  /** Only people who have a record that arrived in [fromMs, toMs); null is unbounded. */
  readonly fromMs: number | null
  readonly toMs: number | null
}

/** How far a shard's files are folded: all of them up to a position, and so many rows of the next. */
export interface ShardCursor {
  readonly afterSeq: number
  readonly row: number
}

export interface ReplayCursor {
  readonly shards: { readonly [shard: string]: ShardCursor }
  /** Where `settle`, `recent` and `survey` go on; null at their beginning. */
  readonly page: string | null
}

/** What a run has done and found. */
export interface ReplayCounts {
  readonly filesDone: number
  readonly filesTotal: number
  readonly rowsDone: number
  readonly rowsTotal: number
  /** Rows that stand for something that could not be read when it was filed. */
  readonly unreadable: number
  readonly peopleDone: number
  readonly peopleTotal: number
  /** People who differ, by how many in each section, and who the first are. */
  readonly different: number
  readonly sections: { readonly [section: string]: number }
  readonly firstDifferent: readonly DifferentPerson[]
  /** Commits' people: those who differ and those who had to change with them. */
  readonly written: number
  /** People in the store whom no record names. */
  readonly unlogged: number
  readonly firstUnlogged: readonly string[]
}

export interface DifferentPerson {
  readonly profileId: string
  readonly sections: readonly string[]
}

export interface ReplayRun extends ReplayWish {
  readonly number: number
  readonly state: 'running' | 'done' | 'abandoned'
  readonly phase: ReplayPhase
  /** Number of the release by whose rules it folds. */
  readonly release: number
  /** One more with each piece; a piece holds only for the revision that it read. */
  readonly revision: number
  readonly cursor: ReplayCursor
  readonly counts: ReplayCounts
  readonly startedMs: number
  readonly updatedMs: number
}

export type ReplayMove = Pick<ReplayRun, 'state' | 'phase' | 'cursor' | 'counts'>

/** Somebody as rebuilt so far. */
export interface Shadow {
  readonly profile: Profile
  readonly mergedInto: string | null
  /** Whether the run is asked about them. */
  readonly chosen: boolean
  /** First met after `fold`. */
  readonly recent: boolean
}

/** Runs and what they rebuild; at most one run is running. */
export interface Replays {
  /** The newest run, whatever its state; null before the first. */
  latest(): Promise<ReplayRun | null>
  /** null while another one is running. */
  begin(
    wish: ReplayWish,
    release: number,
    cursor: ReplayCursor,
    counts: ReplayCounts,
    nowMs: number,
  ): Promise<ReplayRun | null>
  /** One piece, all or nothing; null when somebody else did one since the run was read. */
  move(
    run: ReplayRun,
    move: ReplayMove,
    people: readonly Shadow[],
    nowMs: number,
  ): Promise<ReplayRun | null>
  /** Those of them who were met. */
  people(run: ReplayRun, ids: readonly string[]): Promise<readonly Shadow[]>
  /** Which of them were met. */
  known(run: ReplayRun, ids: readonly string[]): Promise<ReadonlySet<string>>
  /** People whom the run is asked about, by id. */
  page(
    run: ReplayRun,
    after: string | null,
    limit: number,
    recent: boolean,
  ): Promise<readonly Shadow[]>
  countChosen(run: ReplayRun): Promise<number>
  /** Removes up to `limit` people of this run, or of all before it; how many went. */
  clear(run: ReplayRun, whose: 'own' | 'earlier', limit: number): Promise<number>
}

/** Rows of one batch in its file. */
export interface FiledBatch {
  readonly shard: string
  readonly fromSeq: number
  readonly toSeq: number
  readonly path: string
  readonly firstRow: number
  readonly rows: number
}

/** The log of batches, as far as their files are durable. */
export interface FiledLog {
  /** By shard, those of a store that is no longer used too. */
  totals(): Promise<
    readonly { readonly shard: string; readonly files: number; readonly rows: number }[]
  >
  /** Where a shard's batches begin that may hold what arrived from a moment on, and how many those are. */
  from(
    shard: string,
    arrivedMs: number,
  ): Promise<{ readonly afterSeq: number; readonly files: number }>
  /** The next batch of a shard after a position; null when there is none yet. */
  after(shard: string, afterSeq: number): Promise<FiledBatch | null>
  /** Paths of the files of all shards with what arrived in these hours. */
  pathsWithin(fromHourMs: number, toHourMs: number): Promise<readonly string[]>
}

/** A row of a file, or an entry of the outbox. */
export interface LoggedRecord {
  readonly seq: number
  readonly receivedMs: number
  /** null where it could not be read when it was filed. */
  readonly record: EventRecord | null
}

/** What was written down of single decisions, wherever it lies by now. Throws StoreError and BrokenFileError. */
export interface DecisionLines {
  /**
   * The first record that is meant among those of these messageIds, all of one
   * moment; several may have one. What comes after it is not read.
   */
  find(
    messageIds: readonly string[],
    atMs: number,
    isMeant: (record: EventRecord) => boolean,
  ): Promise<EventRecord | null>
}

export interface RecordFiles {
  /** Rows of a batch from one on, in order, a bounded group at a time. Throws BrokenFileError. */
  read(batch: FiledBatch, fromRow: number): AsyncIterable<readonly LoggedRecord[]>
}

/** A file that is gone, or is not what the log of batches says it is. */
export class BrokenFileError extends Error {
  override readonly name = 'BrokenFileError'
}

/** The part of an outbox that is in no file yet. */
export interface OutboxTail {
  readonly shard: string
  /** null where it holds more than may be read at once. Throws StoreError. */
  after(seq: number): Promise<readonly LoggedRecord[] | null>
}

/** The store's own documents and index, as they are: nothing made to agree. */
export interface RawProfiles {
  /** One trip. */
  read(ids: readonly string[], identifiers: readonly Identifier[]): Promise<RawRead>
}

export interface RawRead {
  /** By profileId; tombstones too. */
  readonly profiles: ReadonlyMap<string, LoadedProfile>
  /** "type:value" → owner, for those that have one. */
  readonly owners: ReadonlyMap<string, string>
}
