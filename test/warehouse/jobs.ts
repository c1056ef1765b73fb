/** The jobs of the scheduled run over this D1 and R2, each by itself and at one moment. */
import { env } from 'cloudflare:workers'
import { compact, type CompactDeps, type CompactOptions } from '../../worker/flow/compact.ts'
import { drain, type DrainDeps, type DrainOptions } from '../../worker/flow/drain.ts'
import { feed, type FeedDeps, type FeedOptions } from '../../worker/flow/feed.ts'
import { d1Compactions } from '../../worker/store/d1/compaction.ts'
import { d1SinkLog } from '../../worker/store/d1/sink-log.ts'
import { d1Snapshots } from '../../worker/store/d1/snapshots.ts'
import { compactedPath, compactFile } from '../../worker/warehouse/compact-file.ts'
import { encodeBatch } from '../../worker/warehouse/encode-batch.ts'
import { r2Bucket } from '../../worker/warehouse/r2-bucket.ts'
import type { Sink } from '../../worker/warehouse/sink-ports.ts'
import { batchOf } from '../../worker/warehouse/sinks.ts'
import { HOUR_MS, leases, manifests, NINE_MS, outbox } from './warehouse.ts'

export const bucket = r2Bucket(env.BUCKET)
export const compactions = d1Compactions(env.DB)
export const sinkLog = d1SinkLog(env.DB)
export const snapshots = d1Snapshots(env.DB)

/** A clock that stands still. */
export const clockAt = (nowMs: number) => ({ nowMs: () => nowMs })
const AN_HOUR_LATER = clockAt(NINE_MS + HOUR_MS)

export const runDrain = (over: Partial<DrainDeps> = {}, options: Partial<DrainOptions> = {}) =>
  drain(
    { clock: AN_HOUR_LATER, outbox, manifests, leases, bucket, encode: encodeBatch, ...over },
    { holder: crypto.randomUUID(), ...options },
  )

/** Whoever has the sink closes it. */
export const runFeed = (
  sink: Sink,
  over: Partial<FeedDeps> = {},
  options: Partial<FeedOptions> = {},
) =>
  feed(
    {
      clock: AN_HOUR_LATER,
      leases,
      manifests,
      log: sinkLog,
      sink,
      shard: outbox.shard,
      batchOf: (manifest) => batchOf(bucket, manifest),
      ...over,
    },
    { holder: crypto.randomUUID(), ...options },
  )

export const runCompact = (
  over: Partial<CompactDeps> = {},
  options: Partial<CompactOptions> = {},
) =>
  compact(
    {
      clock: AN_HOUR_LATER,
      leases,
      compactions,
      bucket,
      shard: outbox.shard,
      pathOf: compactedPath,
      encode: (pieces) => compactFile(bucket, pieces),
      ...over,
    },
    { holder: crypto.randomUUID(), ...options },
  )
