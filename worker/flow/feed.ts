/**
 * feed: the batches that a sink has not had, one after the other, a bounded
 * piece at a time. Under a lease: the next batch → apply → cursor. The sink
 * knows by the batch's id what it has, so a run that died between the two
 * repeats itself without harm. Order and reasons: docs/warehouse.md
 */
import type { Clock, Lease, Leases, Manifest, Manifests } from '../warehouse/ports.ts'
import {
  FileGoneError,
  SinkError,
  type DeadLetter,
  type Failure,
  type Sink,
  type SinkBatch,
  type SinkLog,
  type SinkState,
} from '../warehouse/sink-ports.ts'

/** What has just been done. */
export type FeedStep =
  | 'acquired'
  | 'applied'
  | 'advanced'
  | 'deferred'
  | 'buried'
  | 'settled'
  | 'released'

export interface FeedDeps {
  readonly clock: Clock
  readonly leases: Leases
  readonly manifests: Manifests
  readonly log: SinkLog
  readonly sink: Sink
  readonly shard: string
  readonly batchOf: (manifest: Manifest) => SinkBatch
  /** Called after each step; what it throws ends the run there, as a kill would. */
  readonly step?: (step: FeedStep) => void | Promise<void>
}

export interface FeedOptions {
  /** Unique to this run. */
  readonly holder: string
  /** After it no further batch begins. */
  readonly budgetMs?: number
  readonly maxBatches?: number
  /** So often a batch may fail before the ones behind it go first. */
  readonly maxTries?: number
  /** Before the second try; doubled for each further one. */
  readonly backoffMs?: number
  readonly maxBackoffMs?: number
  /** Longer than any batch may take. */
  readonly leaseMs?: number
}

export interface FeedResult {
  /**
   * `fed`: nothing is left, or the budget was used up. `waiting`: the next
   * batch is tried again later. `busy`: somebody else feeds it. `lost`:
   * somebody else took over on the way.
   */
  readonly outcome: 'fed' | 'waiting' | 'busy' | 'lost'
  readonly batches: number
  readonly rows: number
  /** Put aside by this run. */
  readonly buried: number
  /** What failed last. */
  readonly error: string | null
}

const DEFAULTS = {
  budgetMs: 20_000,
  // Four queries each: those of all jobs of a run share D1's 1,000.
  maxBatches: 25,
  maxTries: 8,
  backoffMs: 30_000,
  maxBackoffMs: 1_800_000,
  leaseMs: 180_000,
}
type Run = typeof DEFAULTS & FeedOptions

/** Of the sink's own words: they go to a log and a page. */
const ERROR_LENGTH = 500

export async function feed(deps: FeedDeps, options: FeedOptions): Promise<FeedResult> {
  const run = { ...DEFAULTS, ...options }
  const { clock, leases, shard, sink } = deps
  const startMs = clock.nowMs()
  const done = { batches: 0, rows: 0, buried: 0, error: null as string | null }
  const name = `sink:${sink.name}:${shard}`
  const lease = await leases.acquire(name, run.holder, startMs, startMs + run.leaseMs)
  if (lease === null) return { outcome: 'busy', ...done }
  await deps.step?.('acquired')

  let outcome: FeedResult['outcome'] = 'fed'
  for (let n = 0; n < run.maxBatches && clock.nowMs() - startMs < run.budgetMs; n++) {
    if (!(await leases.renew(lease, clock.nowMs() + run.leaseMs)))
      return { outcome: 'lost', ...done }
    const next = (await letterAgain(deps, lease, run)) ?? (await feedNext(deps, lease, run))
    if (next.error !== undefined) done.error = next.error
    done.rows += next.rows ?? 0
    if (next.did === 'applied') done.batches++
    else if (next.did === 'buried') done.buried++
    else {
      if (next.did === 'lost') return { outcome: 'lost', ...done }
      outcome = next.did === 'waiting' ? 'waiting' : 'fed'
      break
    }
  }
  await leases.release(lease)
  await deps.step?.('released')
  return { outcome, ...done }
}

interface Turn {
  readonly did: 'applied' | 'buried' | 'waiting' | 'nothing' | 'lost'
  readonly rows?: number
  readonly error?: string
}
const LOST: Turn = { did: 'lost' }

async function feedNext(deps: FeedDeps, lease: Lease, run: Run): Promise<Turn> {
  const { clock, log, manifests, shard, sink, step } = deps
  const state = await log.read(sink.name, shard)
  const waitMs = state.retryAtMs - clock.nowMs()
  // No pause is longer: a clock that has been put right since was ahead when it began.
  if (waitMs > 0 && waitMs <= run.maxBackoffMs) return { did: 'waiting' }
  const manifest = await manifests.after(shard, state.afterSeq)
  if (manifest === null) return { did: 'nothing' }
  const failure = await tryToApply(deps, manifest)
  if (failure === null) {
    const rows = manifest.batch?.rows ?? 0
    if (!(await log.advance(lease, state, manifest.toSeq, rows, clock.nowMs()))) return LOST
    await step?.('advanced')
    return { did: 'applied', rows }
  }
  const why = failureOf(failure, state, run, clock.nowMs())
  if (failure.kind === 'failed' && why.tries >= run.maxTries) {
    if (!(await log.bury(lease, state, manifest, why, clock.nowMs()))) return LOST
    await step?.('buried')
    return { did: 'buried', error: why.error }
  }
  if (!(await log.defer(lease, state, why, clock.nowMs()))) return LOST
  await step?.('deferred')
  return { did: 'waiting', error: why.error }
}

/** null when no dead letter is to be tried again, or the sink takes nothing at all. */
async function letterAgain(deps: FeedDeps, lease: Lease, run: Run): Promise<Turn | null> {
  const { clock, log, manifests, shard, sink, step } = deps
  const letter = await log.wanted(sink.name, shard)
  if (letter === null) return null
  const manifest = await manifests.at(shard, letter.fromSeq)
  const failure =
    manifest === null
      ? new SinkError('failed', `there is no batch at ${letter.fromSeq}`)
      : await tryToApply(deps, manifest)
  if (failure === null) {
    const rows = manifest?.batch?.rows ?? 0
    if (!(await log.settle(lease, letter, rows, clock.nowMs()))) return LOST
    await step?.('settled')
    return { did: 'applied', rows }
  }
  // It stays wanted; the next batch then finds the same, and waits.
  if (failure.kind === 'unavailable') return null
  const why = failureOf(failure, letter, run, clock.nowMs())
  if (!(await log.rebury(lease, letter, why, clock.nowMs()))) return LOST
  await step?.('buried')
  return { did: 'buried', error: why.error }
}

/** null when the sink has it. */
async function tryToApply(deps: FeedDeps, manifest: Manifest): Promise<SinkError | null> {
  try {
    await applyFrom(deps, manifest)
  } catch (error) {
    if (error instanceof SinkError) return error
    return new SinkError('failed', error instanceof Error ? error.message : String(error))
  }
  await deps.step?.('applied')
  return null
}

async function applyFrom(
  { batchOf, manifests, sink }: FeedDeps,
  manifest: Manifest,
): Promise<void> {
  try {
    await sink.apply(batchOf(manifest))
  } catch (error) {
    if (!(error instanceof FileGoneError)) throw error
    const now = await manifests.at(manifest.shard, manifest.fromSeq)
    if (now?.batch == null || now.batch.path === manifest.batch?.path) throw error
    await sink.apply(batchOf(now))
  }
}

/** A sink that takes nothing does not count against the batch: it waits, however long that is. */
function failureOf(
  { kind, message }: SinkError,
  { tries }: SinkState | DeadLetter,
  { backoffMs, maxBackoffMs }: Run,
  nowMs: number,
): Failure {
  const counted = kind === 'failed' ? tries + 1 : tries
  const waitMs = Math.min(maxBackoffMs, backoffMs * 2 ** Math.max(0, Math.min(counted, 30) - 1))
  return {
    tries: counted,
    retryAtMs: nowMs + waitMs,
    error: `${kind}: ${message}`.slice(0, ERROR_LENGTH),
  }
}
