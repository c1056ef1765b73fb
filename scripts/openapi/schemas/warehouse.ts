/** Where the way to the warehouse stands, as operators are told. */
import * as v from 'valibot'
import type { Manifest } from '../../../worker/warehouse/ports.ts'
import type { DeadLetter } from '../../../worker/warehouse/sink-ports.ts'
import type { SinkStatus, WarehouseStatus } from '../../../worker/warehouse/status.ts'
import { says } from '../same.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

export const manifest = says<Manifest>()(
  v.object({
    shard: v.string(),
    fromSeq: count,
    toSeq: count,
    hourMs: count,
    entries: count,
    state: v.picklist(['open', 'named', 'written', 'done']),
    batch: v.nullable(
      v.object({ batchId: v.string(), path: v.string(), rows: count, bytes: count }),
    ),
    updatedMs: count,
    firstRow: v.pipe(count, v.description('Where in the file its rows begin.')),
  }),
)

const shardStatus = v.object({
  shard: v.string(),
  backlogRows: v.pipe(count, v.description('Outbox rows not yet in a file.')),
  lagMs: v.pipe(count, v.description('Age of the oldest of them.')),
  open: v.nullable(manifest),
  last: v.nullable(manifest),
  lease: v.nullable(
    v.object({ name: v.string(), fence: count, holder: v.string(), untilMs: count }),
  ),
})

export const deadLetter = says<DeadLetter>()(
  v.object({
    sink: v.string(),
    shard: v.string(),
    fromSeq: count,
    batchId: v.string(),
    tries: count,
    error: v.string(),
    wanted: v.pipe(v.boolean(), v.description('Another try was asked for.')),
    atMs: count,
  }),
)

export const sinkStatus = says<SinkStatus>()(
  v.object({
    sink: v.pipe(v.string(), v.description('Its key; "r2" is the files themselves.')),
    shard: v.string(),
    batches: v.pipe(count, v.description('Ever applied.')),
    rows: count,
    behindBatches: v.pipe(count, v.description('Not yet applied; told up to 1,000.')),
    lagMs: v.pipe(count, v.description('Since when the oldest of them waits.')),
    tries: v.pipe(count, v.description('Of the next batch, in vain.')),
    retryAtMs: count,
    error: v.nullable(v.string()),
    deadLetters: v.pipe(count, v.description('Batches put aside.')),
  }),
)

export const warehouse = says<WarehouseStatus>()(
  v.object({
    ...shardStatus.entries,
    outbox: v.object({
      rows: count,
      bytes: v.pipe(count, v.description('Estimated by the newest entries.')),
      maxRows: count,
      maxBytes: count,
      isFull: v.pipe(v.boolean(), v.description('No more events are taken.')),
    }),
    shards: v.array(shardStatus),
    sinks: v.array(sinkStatus),
    deadLetters: v.array(deadLetter),
  }),
)
export const sinkRetry = v.object({
  sink: v.string(),
  deadLetters: v.pipe(count, v.description('How many are tried again.')),
})
