/** Where the way to the warehouse stands, for `/admin/v1/warehouse` and the metrics. */
import {
  isWritten,
  type Backlog,
  type Leases,
  type LeaseState,
  type Manifest,
  type Manifests,
  type OutboxReader,
} from './ports.ts'
import type { OutboxView } from '../flow/ports.ts'
import type { DeadLetter, SinkLog } from './sink-ports.ts'
import { PROFILES_SHARD } from './snapshot-ports.ts'
import { TALLIES } from './tally-sink.ts'

export interface ShardPorts {
  readonly outbox: OutboxReader
  readonly manifests: Manifests
  readonly leases: Leases
}

export interface WarehousePorts {
  readonly shards: readonly ShardPorts[]
  /** Names of those that are configured now. */
  readonly sinks: readonly string[]
  readonly sinkLog: SinkLog
  readonly manifests: Manifests
  readonly outbox: Pick<OutboxView, 'weight'>
  readonly limits: { readonly maxRows: number; readonly maxBytes: number }
}

/** How full the outbox is; at either limit no more events are taken. */
export interface OutboxStatus {
  readonly rows: number
  /** Estimated by the newest entries. */
  readonly bytes: number
  readonly maxRows: number
  readonly maxBytes: number
  readonly isFull: boolean
}

export interface ShardStatus extends Backlog {
  readonly shard: string
  /** The range being written now, or left by a run that died. */
  readonly open: Manifest | null
  /** The newest file. */
  readonly last: Manifest | null
  /** Who drains now; null when nobody does. */
  readonly lease: LeaseState | null
}

/** How far a sink is behind the files of a shard. */
export interface SinkStatus {
  readonly sink: string
  readonly shard: string
  /** Ever applied. */
  readonly batches: number
  readonly rows: number
  /** Not yet applied; told up to 1,000. */
  readonly behindBatches: number
  /** Since when the oldest of them waits. */
  readonly lagMs: number
  /** Of the next batch, in vain; when it is tried again, and why it failed. */
  readonly tries: number
  readonly retryAtMs: number
  readonly error: string | null
  /** Batches put aside. */
  readonly deadLetters: number
}

/** The shard that lags most, with the backlog of all, and everything in detail. */
export interface WarehouseStatus extends ShardStatus {
  readonly outbox: OutboxStatus
  readonly shards: readonly ShardStatus[]
  readonly sinks: readonly SinkStatus[]
  /** The newest ones. */
  readonly deadLetters: readonly DeadLetter[]
}

const SHOWN_LETTERS = 100
/** The files themselves, which all others follow. */
const FILES = 'r2'

export async function warehouseStatus(
  { shards, sinks, sinkLog, manifests, outbox, limits }: WarehousePorts,
  nowMs: number,
): Promise<WarehouseStatus> {
  const [weight, statuses, standing, deadLetters] = await Promise.all([
    outbox.weight(),
    Promise.all(shards.map((ports) => shardStatus(ports, nowMs))),
    sinkLog.all(),
    sinkLog.deadLetters(SHOWN_LETTERS),
  ])
  const slowest = statuses.reduce((most, status) => (status.lagMs > most.lagMs ? status : most))
  const wanted = [
    ...[FILES, ...sinks].flatMap((sink) => statuses.map(({ shard }) => ({ sink, shard }))),
    ...[FILES, ...sinks]
      .filter((sink) => sink !== TALLIES)
      .map((sink) => ({ sink, shard: PROFILES_SHARD })),
  ]
  return {
    ...slowest,
    backlogRows: statuses.reduce((sum, { backlogRows }) => sum + backlogRows, 0),
    outbox: {
      ...weight,
      ...limits,
      isFull: weight.rows >= limits.maxRows || weight.bytes >= limits.maxBytes,
    },
    shards: statuses,
    sinks: await Promise.all(
      wanted.map(async ({ sink, shard }): Promise<SinkStatus> => {
        const state = standing.find((one) => one.sink === sink && one.shard === shard)
        const behind = await manifests.behind(shard, state?.afterSeq ?? 0)
        return {
          sink,
          shard,
          batches: state?.batches ?? 0,
          rows: state?.rows ?? 0,
          behindBatches: behind.batches,
          lagMs: behind.oldestMs === null ? 0 : Math.max(0, nowMs - behind.oldestMs),
          tries: state?.tries ?? 0,
          retryAtMs: state?.retryAtMs ?? 0,
          error: state?.error ?? null,
          deadLetters: deadLetters.filter((one) => one.sink === sink && one.shard === shard).length,
        }
      }),
    ),
    deadLetters,
  }
}

export async function shardStatus(
  { outbox, manifests, leases }: ShardPorts,
  nowMs: number,
): Promise<ShardStatus> {
  const [newest, lease] = await Promise.all([
    manifests.latest(outbox.shard, 2),
    leases.read(outbox.lease),
  ])
  const last = newest.find(isWritten) ?? null
  return {
    shard: outbox.shard,
    ...(await outbox.backlog(last?.toSeq ?? 0, nowMs)),
    open: newest.find((manifest) => !isWritten(manifest)) ?? null,
    last,
    lease: lease !== null && lease.untilMs > nowMs ? lease : null,
  }
}
