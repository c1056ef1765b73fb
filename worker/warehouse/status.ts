/** Where the way to the warehouse stands, for `/admin/v1/warehouse`. */
import {
  isWritten,
  type Backlog,
  type Leases,
  type LeaseState,
  type Manifest,
  type Manifests,
  type OutboxReader,
} from './ports.ts'

export interface WarehousePorts {
  readonly outbox: OutboxReader
  readonly manifests: Manifests
  readonly leases: Leases
}

export interface WarehouseStatus extends Backlog {
  readonly shard: string
  /** The range being written now, or left by a run that died. */
  readonly open: Manifest | null
  /** The newest file. */
  readonly last: Manifest | null
  /** Who drains now; null when nobody does. */
  readonly lease: LeaseState | null
}

/** All shards as one: what waits in all of them, and the files of the one that lags most. */
export async function shardsStatus(
  shards: readonly WarehousePorts[],
  nowMs: number,
): Promise<WarehouseStatus> {
  const all = await Promise.all(shards.map((ports) => warehouseStatus(ports, nowMs)))
  const slowest = all.reduce((most, status) => (status.lagMs > most.lagMs ? status : most))
  return { ...slowest, backlogRows: all.reduce((sum, { backlogRows }) => sum + backlogRows, 0) }
}

export async function warehouseStatus(
  { outbox, manifests, leases }: WarehousePorts,
  nowMs: number,
): Promise<WarehouseStatus> {
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
