/** Entries of an outbox stream, a page at a time. */
import type { Meter } from '../meter.ts'
import { malformed, type RedisClient } from './client.ts'
import { PAGE } from './scripts.ts'

export interface StreamEntry {
  readonly seq: number
  readonly receivedMs: number
  readonly bytes: number
  /** Empty where only sizes were asked for. */
  readonly body: string
}

export interface PageRequest {
  /** '-' or a position, which is included. */
  readonly from: number | '-'
  readonly to: number | '+'
  readonly maxEntries: number
  readonly bodies: boolean
  readonly newestFirst?: boolean
}

/** One script may hold the store no longer than this takes to copy. */
const PAGE_BYTES = 1_048_576

/** From one end until a page is full; at least one entry if there is any. */
export async function outboxPage(
  redis: RedisClient,
  meter: Meter,
  stream: string,
  { from, to, maxEntries, bodies, newestFirst = false }: PageRequest,
): Promise<StreamEntry[]> {
  const reply = await redis.script(
    meter,
    PAGE,
    [stream],
    [from, to, maxEntries, PAGE_BYTES, bodies ? 'bodies' : '', newestFirst ? '1' : ''],
  )
  if (!Array.isArray(reply) || reply.length % 4 !== 0) throw malformed('a page of the outbox')
  const entries: StreamEntry[] = []
  for (let i = 0; i < reply.length; i += 4) {
    const [id, receivedMs, bytes, body] = reply.slice(i, i + 4) as unknown[]
    const valid = /^\d+-0$/.test(String(id)) && /^\d+$/.test(String(receivedMs))
    if (!valid || typeof bytes !== 'number' || typeof body !== 'string') {
      throw malformed('a page of the outbox')
    }
    entries.push({ seq: parseInt(String(id), 10), receivedMs: Number(receivedMs), bytes, body })
  }
  return entries
}
