/** The Redis store of a test, and commits about people in it. */
import type { Identifier } from '../../worker/core/identity/identifier.ts'
import { emptyProfile } from '../../worker/core/profile/profile.ts'
import type { EventRecord, OutboxBody } from '../../worker/core/record.ts'
import type { Commit } from '../../worker/flow/ports.ts'
import { redisClient } from '../../worker/store/redis/client.ts'
import { redisKeys } from '../../worker/store/redis/keys.ts'
import { redisOutboxView } from '../../worker/store/redis/outbox-view.ts'
import { profileIdOf } from '../../worker/store/redis/profile-id.ts'
import { redisProfileStore } from '../../worker/store/redis/profile-store.ts'
import type { TestRedis } from '../support/workerd/redis.ts'
import { anonymous, record as plainRecord } from './contract-people.ts'

export const idOf = profileIdOf('a-key-for-tests')
export const keys = redisKeys('tsugi:')

export function storeOn(redis: TestRedis) {
  const meter = { trips: 0 }
  const client = redisClient(redis.settings)
  const view = redisOutboxView(client, keys, meter)
  return { store: redisProfileStore(client, keys, idOf, meter), meter, view }
}

/** Every record of the outbox in order. */
export async function loggedOn(redis: TestRedis): Promise<EventRecord[]> {
  const { view } = storeOn(redis)
  const records: EventRecord[] = []
  for (let after = -1; ;) {
    const rows = await view.records(after, 500)
    const last = rows.at(-1)
    if (last === undefined) return records
    for (const { body } of rows) records.push(...(JSON.parse(body) as OutboxBody).records)
    after = last.seq
  }
}

export const device = (value: string): Identifier => anonymous(value)

export const record = (messageId: string, profileId: string, properties = {}): EventRecord => ({
  ...plainRecord(messageId, profileId),
  properties,
})

/** As ingest makes somebody of one identifier. */
export function birth(identifier: Identifier, over: Partial<Commit> = {}): Commit {
  const id = idOf(identifier)
  return {
    id: `birth-${id}`,
    receivedAtMs: 1,
    profiles: [
      {
        profile: {
          ...emptyProfile(id, 's'),
          identifiers: [{ ...identifier, firstSeenMs: 1, lastSeenMs: 1 }],
        },
        expect: 0,
      },
    ],
    identifiers: [{ identifier, was: null, now: id }],
    records: [record(`m-${id}`, id)],
    ...over,
  }
}
