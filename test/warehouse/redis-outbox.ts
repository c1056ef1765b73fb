/** The outbox of a real Redis, with commits in it. */
import { expect } from 'vitest'
import { emptyProfile } from '../../worker/core/profile/profile.ts'
import type { ProfileStore } from '../../worker/flow/ports.ts'
import { redisClient } from '../../worker/store/redis/client.ts'
import { redisKeys } from '../../worker/store/redis/keys.ts'
import { redisOutbox } from '../../worker/store/redis/outbox-reader.ts'
import { profileIdOf } from '../../worker/store/redis/profile-id.ts'
import { redisProfileStore } from '../../worker/store/redis/profile-store.ts'
import { openRedis, type TestRedis } from '../support/workerd/redis.ts'
import { manifests, NINE_MS, record } from './warehouse.ts'

export const keys = redisKeys('tsugi:')

export const storeOf = (client: ReturnType<typeof redisClient>): ProfileStore =>
  redisProfileStore(client, keys, profileIdOf('k'), { trips: 0 })

let serial = 0

/** One commit of a new person's. */
export async function commitTo(
  store: ProfileStore,
  receivedAtMs: number,
  ids: readonly string[],
  text = '',
): Promise<void> {
  const id = `p-${++serial}`
  const records = ids.map((messageId) =>
    record(messageId, { receivedAtMs, timestampMs: receivedAtMs, properties: { text } }),
  )
  const result = await store.commit({
    id: `c-${serial}`,
    receivedAtMs,
    profiles: [{ profile: emptyProfile(id, 's'), expect: 0 }],
    identifiers: [],
    records,
  })
  expect(result).toEqual({ done: true })
}

/** Commits of two records each; answers the messageIds. */
export async function fillStore(
  store: ProfileStore,
  count: number,
  startMs = NINE_MS,
): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < count; n++) {
    const pair = [`m${startMs}-${n}-a`, `m${startMs}-${n}-b`]
    ids.push(...pair)
    await commitTo(store, startMs + n, pair)
  }
  return ids.sort()
}

/** Of one stream. */
export async function redisOutboxOf() {
  const redis: TestRedis = await openRedis({ outboxShards: 1 })
  const client = redisClient(redis.settings)
  const store = storeOf(client)
  return {
    outbox: redisOutbox(client, keys, 0, manifests),
    fill: (count: number, startMs?: number) => fillStore(store, count, startMs),
    size: async () => Number(await redis.command('XLEN', keys.outbox(0))),
    clear: async () => void (await redis.command('FLUSHALL')),
    remove: () => redis.remove(),
  }
}
