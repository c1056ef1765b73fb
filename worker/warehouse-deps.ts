/** From bindings to what the way to the warehouse needs: the scheduled handler's part of the composition root. */
import type { Env } from './env.ts'
import type { CompactDeps } from './flow/compact.ts'
import type { DrainDeps } from './flow/drain.ts'
import type { FeedDeps } from './flow/feed.ts'
import type { ProfileScan, Releases } from './flow/ports.ts'
import type { SnapshotDeps } from './flow/snapshot.ts'
import type { Release } from './core/release/release.ts'
import { d1Compactions } from './store/d1/compaction.ts'
import { d1Leases } from './store/d1/lease.ts'
import { d1Manifests } from './store/d1/manifest.ts'
import { d1Outbox } from './store/d1/outbox-reader.ts'
import { d1SinkLog } from './store/d1/sink-log.ts'
import { d1Snapshots } from './store/d1/snapshots.ts'
import { d1Tallies } from './store/d1/tallies.ts'
import type { RedisRoom } from './store/redis/redis-room.ts'
import { PROFILES_SHARD } from './warehouse/snapshot-ports.ts'
import type { Sink } from './warehouse/sink-ports.ts'
import { TALLIES, tallySink } from './warehouse/tally-sink.ts'
import { batchOf, sinksOf } from './warehouse/sinks.ts'
import { r2Bucket } from './warehouse/r2-bucket.ts'
import type { WarehousePorts } from './warehouse/status.ts'

const clock = { nowMs: () => Date.now() }

/** What drains each shard of the outbox: one on D1, as many on Redis as it is spread over. */
export function drainDepsOf(env: Env, redis: RedisRoom | null): readonly DrainDeps[] {
  const manifests = d1Manifests(env.DB)
  const outboxes = redis?.outboxes(manifests) ?? [d1Outbox(env.DB)]
  return outboxes.map((outbox) => ({
    clock,
    outbox,
    leases: d1Leases(env.DB),
    manifests,
    bucket: r2Bucket(env.BUCKET),
    // Only the cron encodes, so only it pays for loading the encoder.
    encode: async (...batch) => (await import('./warehouse/encode-batch.ts')).encodeBatch(...batch),
  }))
}

/** What puts the small files of each shard together. */
export function compactDepsOf(env: Env, shards: readonly string[]): readonly CompactDeps[] {
  const bucket = r2Bucket(env.BUCKET)
  return shards.map((shard) => ({
    clock,
    leases: d1Leases(env.DB),
    compactions: d1Compactions(env.DB),
    bucket,
    shard,
    pathOf: async (batches) => (await import('./warehouse/compact-file.ts')).compactedPath(batches),
    encode: async (pieces) =>
      (await import('./warehouse/compact-file.ts')).compactFile(bucket, pieces),
  }))
}

/** What takes the daily snapshot of everybody. */
export const snapshotDepsOf = (
  env: Env,
  made: { readonly profileScan: ProfileScan; readonly releases: Releases },
): SnapshotDeps => ({
  clock,
  leases: d1Leases(env.DB),
  snapshots: d1Snapshots(env.DB),
  bucket: r2Bucket(env.BUCKET),
  scan: made.profileScan,
  releases: made.releases,
  encode: async (rows) => (await import('./warehouse/parquet.ts')).profilesFile(rows),
})

export interface SinkRoom {
  readonly sink: Sink
  /** One a shard: each has a cursor of its own. */
  readonly feeds: readonly FeedDeps[]
}

/** @param release null before the first publish */
export function sinkRoomsOf(
  env: Env,
  release: Release | null,
  shards: readonly string[],
): readonly SinkRoom[] {
  const bucket = r2Bucket(env.BUCKET)
  const shared = {
    clock,
    leases: d1Leases(env.DB),
    manifests: d1Manifests(env.DB),
    log: d1SinkLog(env.DB),
    batchOf: (manifest: Parameters<FeedDeps['batchOf']>[0]) => batchOf(bucket, manifest),
  }
  const sinks = [tallySink(d1Tallies(env.DB), clock), ...configuredSinks(env, release)]
  return sinks.map((sink) => ({
    sink,
    feeds: shardsFor(sink.name, shards).map((shard) => ({ ...shared, sink, shard })),
  }))
}

/** People as they stand are nothing to add up. */
const shardsFor = (sink: string, shards: readonly string[]): readonly string[] =>
  sink === TALLIES ? shards : [...shards, PROFILES_SHARD]

const configuredSinks = (env: Env, release: Release | null): readonly Sink[] =>
  sinksOf(release, {
    // By name, since the configuration says which.
    binding: (name) => (env as unknown as Readonly<Record<string, unknown>>)[name],
    hmacKey: env.WAREHOUSE_HMAC_KEY,
  })

export const warehousePortsOf = (
  env: Env,
  redis: RedisRoom | null,
  release: Release | null,
): Omit<WarehousePorts, 'outbox' | 'limits'> => ({
  shards: drainDepsOf(env, redis),
  sinks: [TALLIES, ...configuredSinks(env, release).map(({ name }) => name)],
  sinkLog: d1SinkLog(env.DB),
  manifests: d1Manifests(env.DB),
})
