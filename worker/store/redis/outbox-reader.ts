/** One shard of the outbox on Redis, as the warehouse reads it. */
import type {
  Manifests,
  OutboxEntry,
  OutboxRange,
  OutboxReader,
  RangeLimits,
} from '../../warehouse/ports.ts'
import { isWritten } from '../../warehouse/ports.ts'
import type { Meter } from '../meter.ts'
import { malformed, type RedisClient } from './client.ts'
import type { RedisKeys } from './keys.ts'
import { outboxPage, type StreamEntry } from './outbox-page.ts'

const HOUR_MS = 3_600_000
const PAGE_ENTRIES = 500

/** @param manifests say what may be trimmed: what lies in a file */
export function redisOutbox(
  redis: RedisClient,
  keys: RedisKeys,
  shardNumber: number,
  manifests: Manifests,
  meter: Meter = { trips: 0 },
): OutboxReader {
  const shard = `redis-${shardNumber}`
  const stream = keys.outbox(shardNumber)

  async function* pages(from: number, to: number | '+', bodies: boolean) {
    for (let next = from; ;) {
      const page = await outboxPage(redis, meter, stream, {
        from: next,
        to,
        maxEntries: PAGE_ENTRIES,
        bodies,
      })
      const last = page.at(-1)
      if (last === undefined) return
      yield page
      next = last.seq + 1
    }
  }

  const oldest = async (from: number | '-', to: number | '+'): Promise<StreamEntry | undefined> =>
    (await outboxPage(redis, meter, stream, { from, to, maxEntries: 1, bodies: false }))[0]

  return {
    shard,
    lease: `warehouse:${shard}`,

    async next(afterSeq, limits) {
      if ((await oldest('-', afterSeq)) !== undefined) {
        throw new Error(
          `outbox ${shard} holds entries at or before ${afterSeq}, which the manifest is past: docs/storage-redis.md#positions`,
        )
      }
      return rangeOf(pages(afterSeq + 1, '+', false), limits)
    },

    async *read({ fromSeq, toSeq }) {
      for await (const page of pages(fromSeq, toSeq, true)) {
        yield page.map(({ seq, receivedMs, body }): OutboxEntry => ({ seq, receivedMs, body }))
      }
    },

    /**
     * All of it at once: cutting a stream's end off costs little. The lease is
     * in another database, so it cannot guard this; the manifest does.
     */
    async trim(_lease, { fromSeq, toSeq }) {
      const written = (await manifests.latest(shard, 2)).some(
        (manifest) =>
          isWritten(manifest) && manifest.fromSeq === fromSeq && manifest.toSeq === toSeq,
      )
      if (!written) return 0
      const removed = await redis.command(meter, 'XTRIM', stream, 'MINID', '=', toSeq + 1)
      if (typeof removed !== 'number') throw malformed('how many entries were trimmed')
      return removed
    },

    async backlog(afterSeq, nowMs) {
      const length = await redis.command(meter, 'XLEN', stream)
      if (typeof length !== 'number') throw malformed('the length of a stream')
      let written = 0
      // Only of a run that died between writing and trimming.
      if ((await oldest('-', afterSeq)) !== undefined) {
        for await (const page of pages(0, afterSeq, false)) written += page.length
      }
      const first = await oldest(afterSeq + 1, '+')
      const oldestMs = first?.receivedMs ?? nowMs
      return {
        backlogRows: Math.max(0, length - written),
        lagMs: Math.max(0, nowMs - oldestMs),
      }
    },
  }
}

/** The head of the queue up to the limits and to the first entry of another hour. */
async function rangeOf(
  pages: AsyncIterable<readonly StreamEntry[]>,
  { maxEntries, maxBytes }: RangeLimits,
): Promise<OutboxRange | null> {
  let range: OutboxRange | null = null
  let total = 0
  for await (const page of pages) {
    for (const { seq, receivedMs, bytes } of page) {
      const hourMs = Math.floor(receivedMs / HOUR_MS) * HOUR_MS
      if (range === null) {
        range = { fromSeq: seq, toSeq: seq, hourMs, entries: 1 }
        total = bytes
        continue
      }
      total += bytes
      const full = range.entries === maxEntries || total > maxBytes
      if (full || hourMs !== range.hourMs) return range
      range = { ...range, toSeq: seq, entries: range.entries + 1 }
    }
  }
  return range
}
