/** From bindings to what the log is written and read by: its part of the composition root. */
import { uuidv7 } from 'uuidv7'
import type { Env } from './env.ts'
import {
  decisionLog,
  type DecisionLog,
  type DecisionLogPorts,
  type LogCell,
} from './flow/decision-log.ts'
import type { Ids, ProfileScan, ProfileStore, Releases } from './flow/ports.ts'
import type { ReplayPorts } from './flow/replay.ts'
import type { DecisionLines } from './flow/replay-ports.ts'
import { d1FiledLog } from './store/d1/filed-log.ts'
import { d1ProfileStore } from './store/d1/profile-store.ts'
import { d1RawProfiles } from './store/d1/replay-live.ts'
import { d1Replays } from './store/d1/replay-runs.ts'
import type { Meter } from './store/meter.ts'
import type { RedisRoom } from './store/redis/redis-room.ts'
import { decisionLines } from './warehouse/find-decisions.ts'
import { outboxTail } from './warehouse/read-tail.ts'
import { drainDepsOf } from './warehouse-deps.ts'

/** What a request has made already. */
interface Made {
  readonly redis: RedisRoom | null
  readonly meter: Meter
  readonly releases: Releases
  readonly store: ProfileStore & ProfileScan
  readonly ids: Ids
}

export function replayPortsOf(env: Env, { redis, meter, releases, store, ids }: Made): ReplayPorts {
  return {
    replays: d1Replays(env.DB, meter, uuidv7),
    filed: d1FiledLog(env.DB, meter),
    files: {
      // Only a replay reads, so only it pays for loading the reader.
      async *read(batch, fromRow) {
        const { readRecords } = await import('./warehouse/read-records.ts')
        yield* readRecords(env.BUCKET, batch, fromRow)
      },
    },
    tails: drainDepsOf(env, redis).map(({ outbox }) => outboxTail(outbox)),
    raw: redis?.rawProfiles(meter) ?? d1RawProfiles(env.DB, meter),
    store,
    scan: store,
    releases,
    ids,
    nowMs: () => Date.now(),
  }
}

export const decisionLinesOf = (env: Env, redis: RedisRoom | null, meter: Meter): DecisionLines =>
  decisionLines({
    outboxes: drainDepsOf(env, redis).map(({ outbox }) => outbox),
    filed: d1FiledLog(env.DB, meter),
    findIn: async (path, messageIds, atMs) => {
      const { findRecords } = await import('./warehouse/read-records.ts')
      return findRecords(env.BUCKET, path, messageIds, atMs)
    },
  })

const DEFAULT_GATHER_MS = 1_000

export const decisionLogOf = (
  env: Env,
  redis: RedisRoom | null,
  cell: LogCell,
  ports: Omit<DecisionLogPorts, 'store'>,
): DecisionLog => {
  // Trips of its own: it is written behind the answer.
  const meter: Meter = { trips: 0 }
  const store = redis?.profiles(meter) ?? d1ProfileStore(env.DB, meter)
  const gatherMs = Number(env.DECISION_LOG_GATHER_MS ?? DEFAULT_GATHER_MS)
  return decisionLog(cell, { ...ports, store }, gatherMs)
}
