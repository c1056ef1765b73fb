/** What the flows need of the world. Adapters: worker/store, worker/deps.ts. */
import type { SourceConfig } from '../contract/config.ts'
import type { EventRecord } from '../core/record.ts'
import type { Identifier } from '../core/identity/identifier.ts'
import type { Ingested, LoadedProfile } from '../core/ingest/delivery.ts'
import type { StockTake } from '../core/decision/stock.ts'
import type { Release } from '../core/release/release.ts'

export interface Commit {
  /** Repeating a commit under the same id is safe. */
  readonly id: string
  readonly receivedAtMs: number
  readonly profiles: Ingested['profiles']
  readonly identifiers: Ingested['identifiers']
  readonly former?: Ingested['former']
  /**
   * None where the log says it all already: the commit then leaves nothing in
   * the outbox. After an unclear failure it may answer a conflict although it
   * was done; the current documents tell.
   */
  readonly records: readonly EventRecord[]
  /** Of stocks over everybody: a commit that would take more than there is, is refused. */
  readonly stock?: readonly StockTake[]
}

export type CommitResult =
  | { readonly done: true }
  /** Somebody else was first: the documents as they stand now. */
  | {
      readonly done: false
      readonly current: readonly LoadedProfile[]
      /** How many were taken of each stock that the commit names, where it names any. */
      readonly taken?: ReadonlyMap<string, number>
    }

/** Anything, for it comes from a browser; null or undefined for none. */
export type Hint = unknown

/**
 * Profiles and the outbox behind one atomic commit. Errors of the driver
 * are thrown as StoreError; nothing else is.
 */
export interface ProfileStore {
  /**
   * The profiles that own any of the identifiers, and those that let one go, as
   * `formerly` asks for: perhaps tombstones by now. One trip, where the store
   * can work out where they are; else two.
   * @param hint the profileId that the client was last told. Who owns what is
   * read all the same: a stale or forged one changes nothing but the trips.
   */
  load(identifiers: readonly Identifier[], hint?: Hint): Promise<readonly LoadedProfile[]>
  /** All or nothing: profiles, identifiers and outbox: one trip. */
  commit(commit: Commit): Promise<CommitResult>
}

/** How much was taken of stocks over everybody. Throws StoreError where the driver fails. */
export interface Stocks {
  /** Key of the action → how many were served: one trip. */
  taken(keys: readonly string[]): Promise<ReadonlyMap<string, number>>
}

/**
 * Everybody, a page at a time, in an order that stays: for jobs that walk
 * through all profiles in bounded steps. Throws StoreError where the driver fails.
 */
export interface ProfileScan {
  /**
   * The profiles after a cursor that an earlier page answered; null begins.
   * Those who were merged come too, as tombstones. `limit` (1 to 500) is how
   * many are wanted: a page may hold fewer and even none, on Redis a few more.
   * Who was there from beginning to end comes at least once; on Redis, whose
   * tables may grow meanwhile, perhaps twice.
   */
  scan(after: string | null, limit: number): Promise<ProfilePage>
  /** Whether a text has the form of a cursor of this store's pages. */
  isCursor(text: string): boolean
}

/** People by the ids that answers and records name them by. Throws StoreError where the driver fails. */
export interface ProfilesById {
  /** Merged ones too, as tombstones; who is not there is left out. One trip. */
  byIds(ids: readonly string[]): Promise<readonly LoadedProfile[]>
}

export interface ProfilePage {
  readonly profiles: readonly LoadedProfile[]
  /** Where the next page begins; null after the last. */
  readonly next: string | null
}

/**
 * Those whom time alone may have moved into a segment, or out of one, since
 * they were last evaluated. Throws StoreError where the driver fails.
 */
export interface DueProfiles {
  /**
   * The longest due first, at most `limit` (1 to 100), perhaps fewer than there
   * are: at least one if there is any. They stay due until a commit moves that.
   */
  due(nowMs: number, limit: number): Promise<readonly LoadedProfile[]>
  dueBacklog(nowMs: number): Promise<DueBacklog>
}

export interface DueBacklog {
  /** How many are due; counting may stop at 10,000. */
  readonly profiles: number
  /** Since when the first of them is. */
  readonly oldestMs: number | null
}

/** A look into the outbox, whichever store holds it. Throws StoreError where the driver fails. */
export interface OutboxView {
  ends(): Promise<OutboxEnds>
  weight(): Promise<OutboxWeight>
  /**
   * Entries after a position, or the newest ones; in order, at least one if
   * there is any, perhaps fewer than asked for.
   */
  records(
    after: number | null,
    limit: number,
  ): Promise<readonly { readonly seq: number; readonly body: string }[]>
}

/** What lies in the outbox, cheaply: bytes are those of the newest entries, times their number. */
export interface OutboxWeight {
  readonly rows: number
  readonly bytes: number
}

/** Whether events can be taken; asks nobody who would have to be waited for. */
export interface OutboxGate {
  isFull(): boolean
}

export interface OutboxEnds {
  readonly rows: number
  readonly oldestReceivedAt: string | null
}

/** The store did not answer as it should; `cause` says how. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}

/** The compiled release an isolate holds, refreshed as it ages. */
export interface Releases {
  /**
   * null before the first publish. `atLeastEpoch` asks for one no older than a
   * profile was folded under. Throws StoreError only if none was ever read.
   */
  current(atLeastEpoch?: number): Promise<Release | null>
}

export interface Ids {
  messageId(): string
  /**
   * For somebody new: a store may derive it from the first identifier, so that
   * it knows where to look. A further attempt draws another.
   */
  profileId(first: Identifier, attempt: number): string
  commitId(): string
}

/**
 * What a host-signed token says of its bearer; null when it does not hold.
 * One that held and has expired proves nothing any more: an empty list.
 */
export interface TokenVerifier {
  verify(source: SourceConfig, token: string): Promise<readonly TokenClaim[] | null>
}
/** An identifier type and its value as the token spells it. */
export type TokenClaim = readonly [type: string, value: unknown]

/**
 * Seals a decision into its id and opens it again. Sealed rather than signed:
 * which policy chose is not the browser's to read.
 */
export interface DecisionSeal {
  seal(claim: DecisionClaim): Promise<string>
  /** null when it was not sealed here. */
  open(decisionId: string): DecisionClaim | null
}

/** What a decisionId carries, so that an exposure needs no look-up. */
export interface DecisionClaim {
  /** Equal for a retried question of the same asker. */
  readonly id: string
  /** Digest of who asked from a page: nobody else can report it. null where a server asked. */
  readonly asker: string | null
  readonly placement: string
  readonly policy: string | null
  /** null where nothing of ours was shown, and yet it counts who would have seen it. */
  readonly action: string | null
  readonly arm: string | null
  /** Probability with which this arm was drawn. */
  readonly propensity: number
  /** Version of the weights that it was drawn by, and the situation; 0 and '' where nothing was learned. */
  readonly model: number
  readonly leaf: string
  readonly epoch: number
  readonly atMs: number
  /** In the placement's list, from 0. */
  readonly position: number
  /** Experiment or holdout → arm; null where there is none. */
  readonly experiments: { readonly [experiment: string]: string } | null
  /** Made for somebody who looks at what others would get: its exposures count for nobody. */
  readonly preview?: true
}

/** Remembers which links were used. */
export interface PreviewUses {
  /** False when it was used before. One trip; throws StoreError. */
  use(id: string, untilMs: number, nowMs: number): Promise<boolean>
}

/** Time, as far as a flow may feel it. */
export interface Timer {
  /** Resolves after so many milliseconds. */
  pause(ms: number): Promise<void>
  /** The work's outcome, or null when it takes longer than that. */
  within<T>(ms: number, work: Promise<T>): Promise<{ readonly outcome: T } | null>
  /** For telling how long something took; it may stand still between two answers from outside. */
  nowMs(): number
  /** A number in [0, 1), for spreading retries. */
  jitter(): number
}
