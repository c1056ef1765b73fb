/**
 * snapshot: everybody as they stand, once a day (UTC), a bounded piece at a
 * time. Each part of the scan becomes one file, at a path that only the day and
 * the part's number decide, with a note of where the scan goes on; whoever
 * comes to a part whose file is there takes that one, although people have
 * changed since. So a run that died after the put repeats nothing. Then the
 * part enters the log of batches, under a shard of its own, from which sinks
 * take it as they take events. Order and reasons: docs/warehouse.md#profiles
 */
import type { Release } from '../core/release/release.ts'
import type { Batch, Clock, Lease, Leases, ObjectBucket, ObjectNotes } from '../warehouse/ports.ts'
import {
  PROFILES_SHARD,
  type ProfileRow,
  type Snapshot,
  type SnapshotPart,
  type Snapshots,
} from '../warehouse/snapshot-ports.ts'
import type { ProfileScan, Releases } from './ports.ts'
import { snapshotRow } from './snapshot-row.ts'

/** What has just been done. */
export type SnapshotStep =
  | 'acquired'
  | 'begun'
  | 'read'
  | 'encoded'
  | 'stored'
  | 'advanced'
  | 'released'

export interface SnapshotDeps {
  readonly clock: Clock
  readonly leases: Leases
  readonly snapshots: Snapshots
  readonly bucket: ObjectBucket & ObjectNotes
  readonly scan: ProfileScan
  readonly releases: Releases
  readonly encode: (rows: readonly ProfileRow[]) => Promise<Uint8Array>
  /** Called after each step; what it throws ends the run there, as a kill would. */
  readonly step?: (step: SnapshotStep) => void | Promise<void>
}

export interface SnapshotOptions {
  /** Unique to this run. */
  readonly holder: string
  /** After it no further part begins. */
  readonly budgetMs?: number
  /** A part ends with the page that reaches it. */
  readonly partRows?: number
  readonly pageRows?: number
  /** How long a run that died keeps others out; renewed for each part. */
  readonly leaseMs?: number
}

export interface SnapshotResult {
  /** `idle`: the day's is taken, or there is nobody. `lost`: somebody else took over on the way. */
  readonly outcome: 'taking' | 'taken' | 'idle' | 'busy' | 'lost'
  /** Of this run. */
  readonly parts: number
  readonly rows: number
}

const DAY_MS = 86_400_000
const DEFAULTS = { budgetMs: 5_000, partRows: 2_000, pageRows: 500, leaseMs: 120_000 }
type Run = typeof DEFAULTS & SnapshotOptions

/** null before the first publish. Throws what its stores throw; the next run goes on. */
export async function snapshot(
  deps: SnapshotDeps,
  options: SnapshotOptions,
): Promise<SnapshotResult | null> {
  const { clock, leases, snapshots, step } = deps
  const run = { ...DEFAULTS, ...options }
  const startMs = clock.nowMs()
  const dayMs = Math.floor(startMs / DAY_MS) * DAY_MS
  const done = { parts: 0, rows: 0 }
  const standing = await snapshots.current()
  if (standing?.state === 'done' && isTaken(standing, dayMs)) return { outcome: 'idle', ...done }
  const release = await deps.releases.current()
  if (release === null) return null
  const lease = await leases.acquire('snapshot', run.holder, startMs, startMs + run.leaseMs)
  if (lease === null) return { outcome: 'busy', ...done }
  await step?.('acquired')

  let now: Snapshot | null = await opened(deps, lease, dayMs)
  while (now?.state === 'open' && clock.nowMs() - startMs < run.budgetMs) {
    if (!(await leases.renew(lease, clock.nowMs() + run.leaseMs)))
      return { outcome: 'lost', ...done }
    const before: Snapshot = now
    const part = await partOf(deps, release, before, run, startMs)
    // Nobody has ever come: the day's snapshot waits until somebody does.
    const isEmpty = part.last && before.rows === 0 && part.batch === null
    now = isEmpty ? before : await snapshots.advance(lease, before, part, clock.nowMs())
    if (now === null) {
      await withdraw(deps, before, part)
      return { outcome: 'lost', ...done }
    }
    if (isEmpty) break
    await step?.('advanced')
    if (part.batch !== null) done.parts++
    done.rows += part.batch?.rows ?? 0
  }
  await leases.release(lease)
  await step?.('released')
  if (now === null) return { outcome: 'lost', ...done }
  const outcome =
    now.state === 'done' ? 'taken' : done.parts === 0 && now.rows === 0 ? 'idle' : 'taking'
  return { outcome, ...done }
}

/** Tomorrow's, too, for a clock that was a little ahead; what lies further off is some other clock's. */
const isTaken = (standing: Snapshot, dayMs: number): boolean =>
  standing.dayMs >= dayMs && standing.dayMs <= dayMs + DAY_MS

/** The one that a former run left unfinished, whatever its day, or today's; null when the lease has changed hands. */
async function opened(
  { clock, snapshots, step }: SnapshotDeps,
  lease: Lease,
  dayMs: number,
): Promise<Snapshot | null> {
  const standing = await snapshots.current()
  if (standing !== null && (standing.state === 'open' || isTaken(standing, dayMs))) return standing
  if (!(await snapshots.begin(lease, dayMs, clock.nowMs()))) return null
  await step?.('begun')
  return snapshots.current()
}

async function partOf(
  deps: SnapshotDeps,
  release: Release,
  { dayMs, after, parts }: Snapshot,
  run: Run,
  startMs: number,
): Promise<SnapshotPart> {
  const { bucket, clock, encode, scan, step } = deps
  const day = new Date(dayMs).toISOString().slice(0, 10)
  const batchId = `${PROFILES_SHARD}-${day}-${String(parts + 1).padStart(6, '0')}`
  const path = `profiles/dt=${day}/${batchId}.parquet`
  const there = await noted(deps, batchId, path)
  if (there !== null) return there

  const rows: ProfileRow[] = []
  let next = after
  do {
    const page = await scan.scan(next, run.pageRows)
    const nowMs = clock.nowMs()
    for (const one of page.profiles) {
      if (one.mergedInto === null) rows.push(snapshotRow(one, release, dayMs, nowMs))
    }
    next = page.next
  } while (next !== null && rows.length < run.partRows && clock.nowMs() - startMs < run.budgetMs)
  await step?.('read')
  if (rows.length === 0) return { batch: null, next, last: next === null }
  const file = await encode(rows)
  await step?.('encoded')
  await bucket.putIfAbsent(path, file, {
    batchId,
    rows: String(rows.length),
    next: next ?? '',
  })
  await step?.('stored')
  // Somebody else may have been first: then theirs is the part.
  const stored = await noted(deps, batchId, path)
  if (stored === null) throw new Error(`${path} was there and is gone`)
  return stored
}

async function noted(
  { bucket }: SnapshotDeps,
  batchId: string,
  path: string,
): Promise<SnapshotPart | null> {
  const there = await bucket.noteOf(path)
  if (there === null) return null
  const { rows, next = '' } = there.note
  const batch: Batch = { batchId, path, rows: Number(rows), bytes: there.bytes }
  return { batch, next: next === '' ? null : next, last: next === '' }
}

/** Put after somebody else had gone on without a file for this part: nobody would ever take it. */
async function withdraw(
  { bucket, snapshots }: SnapshotDeps,
  before: Snapshot,
  { batch }: SnapshotPart,
): Promise<void> {
  if (batch === null) return
  const now = await snapshots.current()
  if (now === null || now.dayMs !== before.dayMs || now.parts === before.parts) return
  if (!(await snapshots.isFiled(batch.path))) await bucket.remove([batch.path])
}
