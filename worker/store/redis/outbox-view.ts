/** The outbox on Redis, as operators look into it: all its shards as one. */
import type { OutboxView } from '../../flow/ports.ts'
import type { Meter } from '../meter.ts'
import { malformed, type RedisClient } from './client.ts'
import type { RedisKeys } from './keys.ts'
import { outboxPage } from './outbox-page.ts'

/** So few that it costs nothing, so many that it says something. */
const SAMPLED = 20

export function redisOutboxView(redis: RedisClient, keys: RedisKeys, meter: Meter): OutboxView {
  const shards = Array.from({ length: redis.settings.outboxShards }, (_, shard) => shard)

  return {
    async ends() {
      const lengths = await redis.pipeline(
        meter,
        shards.map((shard) => ['XLEN', keys.outbox(shard)] as const),
      )
      const rows = lengths.reduce<number>((sum, length) => {
        if (typeof length !== 'number') throw malformed('the length of a stream')
        return sum + length
      }, 0)
      const heads = await Promise.all(
        shards.map((shard) =>
          outboxPage(redis, meter, keys.outbox(shard), {
            from: '-',
            to: '+',
            maxEntries: 1,
            bodies: false,
          }),
        ),
      )
      const times = heads.flat().map(({ receivedMs }) => receivedMs)
      const oldestMs = times.length === 0 ? null : Math.min(...times)
      return {
        rows,
        oldestReceivedAt: oldestMs === null ? null : new Date(oldestMs).toISOString(),
      }
    },

    async weight() {
      const each = await Promise.all(
        shards.map(async (shard) => {
          const stream = keys.outbox(shard)
          const rows = await redis.command(meter, 'XLEN', stream)
          if (typeof rows !== 'number') throw malformed('the length of a stream')
          const newest = await outboxPage(redis, meter, stream, {
            from: '-',
            to: '+',
            maxEntries: SAMPLED,
            bodies: false,
            newestFirst: true,
          })
          const bytes = newest.reduce((sum, entry) => sum + entry.bytes, 0)
          return { rows, bytes: Math.round((rows * bytes) / Math.max(1, newest.length)) }
        }),
      )
      return {
        rows: each.reduce((sum, { rows }) => sum + rows, 0),
        bytes: each.reduce((sum, { bytes }) => sum + bytes, 0),
      }
    },

    async records(after, limit) {
      const pages = await Promise.all(
        shards.map((shard) =>
          outboxPage(redis, meter, keys.outbox(shard), {
            from: after === null ? '-' : after + 1,
            to: '+',
            maxEntries: limit,
            bodies: true,
            newestFirst: after === null,
          }),
        ),
      )
      const entries = pages.flat().sort((a, b) => a.seq - b.seq)
      const shown = after === null ? entries.slice(-limit) : entries.slice(0, limit)
      return shown.map(({ seq, body }) => ({ seq, body }))
    },
  }
}
