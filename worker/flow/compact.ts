/**
 * compact: the small files of an hour that is over into one, a file at a time.
 *
 * Under a lease: fix what goes in → encode → put if absent → lead the
 * manifests to it → remove the old files → close. Batches keep their ids and
 * their rows, so whoever follows them finds each one once, here or there.
 * Order and reasons: docs/warehouse.md
 */
import type {
  Clock,
  Compaction,
  Compactions,
  Lease,
  Leases,
  Manifest,
  ObjectBucket,
  Piece,
} from '../warehouse/ports.ts'

/** What has just been done. */
export type CompactStep =
  | 'acquired'
  | 'settled'
  | 'opened'
  | 'encoded'
  | 'stored'
  | 'pointed'
  | 'removed'
  | 'closed'
  | 'released'

export interface CompactDeps {
  readonly clock: Clock
  readonly leases: Leases
  readonly compactions: Compactions
  readonly bucket: ObjectBucket
  readonly shard: string
  readonly pathOf: (batches: readonly Manifest[]) => Promise<string>
  readonly encode: (pieces: readonly Piece[]) => Promise<Uint8Array>
  /** Called after each step; what it throws ends the run there, as a kill would. */
  readonly step?: (step: CompactStep) => void | Promise<void>
}

export interface CompactOptions {
  /** Unique to this run. */
  readonly holder: string
  /** After it no further file begins. */
  readonly budgetMs?: number
  readonly maxFiles?: number
  /** Of one compacted file; a file that is as large stays as it is. */
  readonly maxRows?: number
  readonly maxBytes?: number
  /** So long after its end an hour counts as over. */
  readonly closedAfterMs?: number
  /** Files younger than this are left alone: no run that wrote one may still be alive. */
  readonly quietMs?: number
  readonly leaseMs?: number
}

export interface CompactResult {
  /** `busy`: somebody else compacts. `lost`: somebody else took over on the way. */
  readonly outcome: 'compacted' | 'busy' | 'lost'
  /** Made by this run, and of how many. */
  readonly files: number
  readonly from: number
}

const HOUR_MS = 3_600_000
const DEFAULTS = {
  budgetMs: 10_000,
  maxFiles: 10,
  maxRows: 50_000,
  maxBytes: 8_388_608,
  closedAfterMs: 900_000,
  // Workers end a scheduled run after 15 minutes.
  quietMs: 1_800_000,
  leaseMs: 120_000,
}
type Run = typeof DEFAULTS & CompactOptions

/** Batches looked at in one go: those of an hour are mostly sixty. */
const LOOKED_AT = 500

export async function compact(deps: CompactDeps, options: CompactOptions): Promise<CompactResult> {
  const run = { ...DEFAULTS, ...options }
  const { clock, leases, shard } = deps
  const startMs = clock.nowMs()
  const done = { files: 0, from: 0 }
  const lease = await leases.acquire(`compact:${shard}`, run.holder, startMs, startMs + run.leaseMs)
  if (lease === null) return { outcome: 'busy', ...done }
  await deps.step?.('acquired')
  while (done.files < run.maxFiles && clock.nowMs() - startMs < run.budgetMs) {
    if (!(await leases.renew(lease, clock.nowMs() + run.leaseMs)))
      return { outcome: 'lost', ...done }
    const compaction = await nextCompaction(deps, lease, run)
    if (compaction === 'lost') return { outcome: 'lost', ...done }
    if (compaction === 'none') break
    if (compaction === 'settled') continue
    if (!(await carryOut(deps, lease, compaction))) return { outcome: 'lost', ...done }
    done.files++
    done.from += compaction.pieces.length
  }
  await leases.release(lease)
  await deps.step?.('released')
  return { outcome: 'compacted', ...done }
}

/** The one that a former run left unfinished, or the next. */
async function nextCompaction(
  { clock, compactions, pathOf, shard, step }: CompactDeps,
  lease: Lease,
  run: Run,
): Promise<Compaction | 'settled' | 'none' | 'lost'> {
  const unfinished = await compactions.current(shard)
  if (unfinished !== null) return unfinished
  const nowMs = clock.nowMs()
  const upToHourMs = nowMs - HOUR_MS - run.closedAfterMs
  const loose = await compactions.loose(shard, upToHourMs, LOOKED_AT)
  if (loose.length === 0 || loose.some(({ updatedMs }) => updatedMs > nowMs - run.quietMs)) {
    return 'none'
  }
  const batches = nextPack(loose, run)
  if (batches.length === 1) {
    const fromSeqs = batches.map(({ fromSeq }) => fromSeq)
    if (!(await compactions.settle(lease, shard, fromSeqs))) return 'lost'
    await step?.('settled')
    return 'settled'
  }
  const path = await pathOf(batches)
  const compaction = { shard, path, pieces: batches.map(pieceOf), state: 'open' } as const
  if (!(await compactions.open(lease, compaction, nowMs))) return 'lost'
  await step?.('opened')
  return compaction
}

/** As many from the first on as one file may hold; at least one. */
function nextPack(loose: readonly Manifest[], { maxRows, maxBytes }: Run): readonly Manifest[] {
  let [rows, bytes] = [0, 0]
  const end = loose.findIndex(({ batch }, i) => {
    rows += batch?.rows ?? 0
    bytes += batch?.bytes ?? 0
    return i > 0 && (rows > maxRows || bytes > maxBytes)
  })
  return end === -1 ? loose : loose.slice(0, end)
}

function pieceOf({ batch, firstRow, fromSeq }: Manifest): Piece {
  if (batch === null) throw new TypeError('a batch without a file')
  const { batchId, path, rows } = batch
  return { fromSeq, batchId, path, firstRow, rows }
}

/** False when the lease has changed hands. */
async function carryOut(deps: CompactDeps, lease: Lease, compaction: Compaction): Promise<boolean> {
  const { bucket, clock, compactions, encode, step } = deps
  const { path, pieces, shard } = compaction
  if (compaction.state === 'open') {
    const file = await encode(pieces)
    await step?.('encoded')
    await bucket.putIfAbsent(path, file, { batches: String(pieces.length) })
    await step?.('stored')
    if (!(await compactions.point(lease, compaction, clock.nowMs()))) return false
    await step?.('pointed')
  }
  // Nobody is led to them any more, so it does not matter who removes them.
  await bucket.remove([...new Set(pieces.map((piece) => piece.path))])
  await step?.('removed')
  if (!(await compactions.close(lease, shard))) return false
  await step?.('closed')
  return true
}
