/** The outbox on Redis, as operators look into it: all its shards as one. */
import type { OutboxView } from '../../flow/ports.ts'
import type { Meter } from '../meter.ts'
import { malformed, type RedisClient } from './client.ts'
import type { RedisKeys } from './keys.ts'
import { outboxPage } from './outbox-page.ts'

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
