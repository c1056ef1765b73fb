/**
 * drain: the outbox into files, by a schedule, a bounded piece at a time.
 *
 * Under a lease: fix a range (manifest) → encode → name → put if absent →
 * advance → trim → close. Killed between any two, the next run goes on at the manifest
 * and makes the same file under the same name. Order and reasons: docs/warehouse.md
 */
import {
  isWritten,
  type Backlog,
  type BatchEncoder,
  type Clock,
  type EncodedBatch,
  type Lease,
  type Leases,
  type Manifest,
  type Manifests,
  type ObjectBucket,
  type OutboxReader,
} from '../warehouse/ports.ts'

/** What has just been done. */
export type DrainStep =
  | 'acquired'
  | 'opened'
  | 'encoded'
  | 'named'
  | 'stored'
  | 'advanced'
  | 'trimmed'
  | 'closed'
  | 'released'

export interface DrainDeps {
  readonly clock: Clock
  readonly outbox: OutboxReader
  readonly leases: Leases
  readonly manifests: Manifests
  readonly bucket: ObjectBucket
  readonly encode: BatchEncoder
  /** Called after each step; what it throws ends the run there, as a kill would. */
  readonly step?: (step: DrainStep) => void | Promise<void>
}

export interface DrainOptions {
  /** Unique to this run. */
  readonly holder: string
  /** After it no further batch begins. */
  readonly budgetMs?: number
  readonly maxBatches?: number
  /** Of one batch: outbox entries, and bytes of their bodies. */
  readonly maxEntries?: number
  readonly maxBytes?: number
  /** Outbox entries deleted in one statement: commits wait for it. */
  readonly trimEntries?: number
  /** How long a run that died keeps others out; renewed for each batch. */
  readonly leaseMs?: number
}

export interface DrainResult extends Backlog {
  /** `busy`: somebody else drains. `lost`: somebody else took over on the way. */
  readonly outcome: 'drained' | 'busy' | 'lost'
  /** Finished by this run. */
  readonly batches: number
  readonly rows: number
  readonly bytes: number
}

const DEFAULTS = {
  budgetMs: 20_000,
  // Some 15 to 40 queries each, and D1 takes 1,000 an invocation, of all its jobs.
  maxBatches: 20,
  maxEntries: 20_000,
  maxBytes: 8_388_608,
  trimEntries: 2_000,
  leaseMs: 60_000,
}

/** Throws what its stores throw; the lease then runs out by itself and the next run goes on. */
export async function drain(deps: DrainDeps, options: DrainOptions): Promise<DrainResult> {
  const run = { ...DEFAULTS, ...options }
  const { clock, leases, outbox } = deps
  const startMs = clock.nowMs()
  const done = { batches: 0, rows: 0, bytes: 0 }

  const lease = await leases.acquire(outbox.lease, run.holder, startMs, startMs + run.leaseMs)
  if (lease === null) return report(deps, 'busy', done)
  await deps.step?.('acquired')

  while (done.batches < run.maxBatches && clock.nowMs() - startMs < run.budgetMs) {
    const batch = await drainBatch(deps, lease, run)
    if (batch === 'lost') return report(deps, 'lost', done)
    if (batch === 'empty') break
    done.batches++
    done.rows += batch.rows
    done.bytes += batch.bytes
  }
  await leases.release(lease)
  await deps.step?.('released')
  return report(deps, 'drained', done)
}

type Run = typeof DEFAULTS & DrainOptions

async function drainBatch(
  deps: DrainDeps,
  lease: Lease,
  run: Run,
): Promise<{ rows: number; bytes: number } | 'empty' | 'lost'> {
  const { clock, leases, manifests } = deps
  if (!(await leases.renew(lease, clock.nowMs() + run.leaseMs))) return 'lost'
  const opened = await openManifest(deps, lease, run)
  if (opened === 'empty' || opened === 'lost') return opened
  const written = opened.state === 'written' ? opened : await write(deps, lease, opened)
  if (written?.batch == null) return 'lost'
  await trim(deps, lease, written, run.trimEntries)
  if ((await manifests.close(lease, written, clock.nowMs())) === null) return 'lost'
  await deps.step?.('closed')
  return written.batch
}

/** The one that a former run left unfinished, or the next. */
async function openManifest(
  { clock, manifests, outbox, step }: DrainDeps,
  lease: Lease,
  run: Run,
): Promise<Manifest | 'empty' | 'lost'> {
  const [newest] = await manifests.latest(outbox.shard, 1)
  if (newest !== undefined && newest.state !== 'done') return newest
  const range = await outbox.next(newest?.toSeq ?? 0, run)
  if (range === null) return 'empty'
  const manifest = await manifests.open(lease, outbox.shard, range, clock.nowMs())
  if (manifest === null) return 'lost'
  await step?.('opened')
  return manifest
}

/** null when the lease has changed hands. */
async function write(deps: DrainDeps, lease: Lease, manifest: Manifest): Promise<Manifest | null> {
  const { bucket, clock, manifests, step } = deps
  const encoded = await encodeRange(deps, lease, manifest)
  if (encoded === null) return null
  // The name is written down first: a newer release may encode the same range to other bytes.
  const named =
    manifest.state === 'named'
      ? manifest
      : await manifests.name(lease, manifest, encoded.batch, clock.nowMs())
  if (named?.batch == null) return null
  await step?.('named')
  const { batchId, path, rows } = named.batch
  const bytes = await bucket.putIfAbsent(path, encoded.file, { batchId, rows: String(rows) })
  await step?.('stored')
  const written = await manifests.advance(lease, named, bytes, clock.nowMs())
  if (written === null) await withdraw(deps, named, path)
  else await step?.('advanced')
  return written
}

/** Somebody else put this file, and it was compacted since: ours would be its rows once more. */
async function withdraw(
  { bucket, manifests }: DrainDeps,
  { shard, fromSeq }: Manifest,
  path: string,
): Promise<void> {
  const now = await manifests.at(shard, fromSeq)
  if (now?.batch != null && now.batch.path !== path) await bucket.remove([path])
}

/** null when somebody else took over and trimmed what was being read: no half of it is stored. */
async function encodeRange(
  { encode, leases, outbox, step }: DrainDeps,
  lease: Lease,
  manifest: Manifest,
): Promise<EncodedBatch | null> {
  const encoded = await encode(outbox.shard, manifest, outbox.read(manifest))
  await step?.('encoded')
  if (encoded.entries === manifest.entries) return encoded
  if ((await leases.read(lease.name))?.fence !== lease.fence) return null
  throw new Error(
    `outbox ${outbox.shard} holds ${encoded.entries} of the ${manifest.entries} entries ` +
      `from ${manifest.fromSeq} to ${manifest.toSeq} and nobody drained them`,
  )
}

/** Under a lost lease nothing goes; the caller learns it when it closes. */
async function trim(
  { outbox, step }: DrainDeps,
  lease: Lease,
  manifest: Manifest,
  maxEntries: number,
): Promise<void> {
  // In pieces: commits get their turn between two.
  let removed: number
  do {
    removed = await outbox.trim(lease, manifest, maxEntries)
    await step?.('trimmed')
  } while (removed === maxEntries)
}

async function report(
  { clock, manifests, outbox }: DrainDeps,
  outcome: DrainResult['outcome'],
  done: { readonly batches: number; readonly rows: number; readonly bytes: number },
): Promise<DrainResult> {
  const newest = await manifests.latest(outbox.shard, 2)
  const cursor = newest.find(isWritten)?.toSeq ?? 0
  return { outcome, ...done, ...(await outbox.backlog(cursor, clock.nowMs())) }
}
