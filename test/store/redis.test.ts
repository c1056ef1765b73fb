/** The Redis store inside workerd, against a real redis-server behind the bridge. */
import { afterAll, describe, expect, it } from 'vitest'
import { murmur3 } from '../../worker/core/hash.ts'
import { emptyProfile } from '../../worker/core/profile/profile.ts'
import type { OutboxBody } from '../../worker/core/record.ts'
import { profileTail } from '../../worker/store/redis/keys.ts'
import { openRedis } from '../support/workerd/redis.ts'
import { profileStoreContract } from './contract.ts'
import { idOf, keys, storeOn, loggedOn, device, record, birth } from './redis-people.ts'
import { scanOnRedis } from './redis-scan.ts'
import { workerOnRedis } from './redis-worker.ts'

const UPSTASH = { keyLocking: true, primaryReads: true }
for (const [name, form] of [
  ['Redis', {}],
  ['Redis as on Upstash (the bridge takes the flag off its scripts)', UPSTASH],
] as const) {
  const redis = await openRedis(form)
  // Each isolate's first use of a script brings it along.
  const { store } = storeOn(redis)
  await store.load([{ type: 'anonymous_id', value: 'first' }])
  afterAll(() => redis.remove())
  profileStoreContract(name, () => ({
    ...storeOn(redis),
    newId: idOf,
    tripsAway: 2,
    logged: () => loggedOn(redis),
  }))
}

const redis = await openRedis()
afterAll(() => redis.remove())

describe('trips and commands', () => {
  const { store, meter } = storeOn(redis)
  const spent = async (work: () => Promise<unknown>) => {
    meter.trips = 0
    await redis.counted()
    await work()
    return { trips: meter.trips, ...(await redis.counted()) }
  }

  it('a load and a commit are one each, also of somebody new', async () => {
    const who = device('trips')
    // The first commit of an isolate brings the script.
    await store.commit(birth(device('trips-first')))
    const one = { trips: 1, requests: 1, commands: 1 }
    expect(await spent(() => store.load([who]))).toEqual(one)
    expect(await spent(() => store.commit(birth(who)))).toEqual(one)
    expect(await spent(() => store.load([who, device('trips-none')]))).toEqual(one)
  })

  it('an owner who is not known by an identifier asked for costs one more', async () => {
    const [a, b] = [device('more-a'), { type: 'user_id', value: 'more-b' }]
    const id = idOf(a)
    const commit = birth(a)
    await store.commit({
      ...commit,
      identifiers: [...commit.identifiers, { identifier: b, was: null, now: id }],
    })
    expect(await spent(() => store.load([b]))).toMatchObject({ trips: 2, commands: 2 })
    expect(await spent(() => store.load([a, b]))).toMatchObject({ trips: 1 })
  })

  it('a lost script costs one more trip, once', async () => {
    await redis.command('SCRIPT', 'FLUSH')
    expect(await spent(() => store.commit(birth(device('noscript-1'))))).toMatchObject({ trips: 2 })
    expect(await spent(() => store.commit(birth(device('noscript-2'))))).toMatchObject({ trips: 1 })
  })
})

describe('what is written', () => {
  const { store } = storeOn(redis)

  it('only the keys of keys.ts, the profile as one string', async () => {
    const who = device('written')
    const commit = birth(who)
    await store.commit(commit)
    const { profile } = commit.profiles[0]!
    expect(await redis.command('GET', keys.identifier(who))).toBe(profile.id)
    const position = await redis.command('GET', keys.lastPosition(0))
    expect(await redis.command('GET', keys.profile(profile.id))).toBe(
      `1|${commit.id}@${String(position)}|${profileTail({ profile, mergedInto: null })}`,
    )
    const all = (await redis.command('KEYS', '*')) as string[]
    expect(
      all.filter((key) => !/^tsugi:(i:[a-z_]+:.+|p:[0-9a-f-]{36}|o:0|n:0)$/.test(key)),
    ).toEqual([])
  })

  it('positions grow and never fall behind the clock', async () => {
    const nowMs = Date.now()
    const at = async (name: string, receivedAtMs: number): Promise<number> => {
      await store.commit(birth(device(name), { receivedAtMs }))
      const [entry] = (await redis.command('XREVRANGE', keys.outbox(0), '+', '-', 'COUNT', 1)) as [
        [string],
      ]
      return Number.parseInt(entry[0], 10)
    }
    const first = await at('position-1', nowMs)
    expect(first).toBe(nowMs * 100)
    // As a fail-over may: the counter is lost, and an older one is back.
    await redis.command('SET', keys.lastPosition(0), '5')
    const later = await at('position-2', nowMs + 1)
    expect(later).toBe((nowMs + 1) * 100)
    expect(await at('position-3', nowMs)).toBe(later + 1)
  })

  it('the commits of one profile stand in their order, over all streams and whatever the clocks say', async () => {
    const many = storeOn({ ...redis, settings: { ...redis.settings, outboxShards: 8 } }).store
    const who = device('ordered')
    const id = idOf(who)
    const nowMs = Date.now() + 100_000
    const positions = async (): Promise<number[]> => {
      const found: number[] = []
      for (let shard = 0; shard < 8; shard++) {
        const rows = (await redis.command('XRANGE', keys.outbox(shard), '-', '+')) as [
          string,
          string[],
        ][]
        for (const [at, [, , , body]] of rows) {
          const { records } = JSON.parse(body as string) as OutboxBody
          for (const { messageId } of records) {
            const n = /^ordered-(\d)$/.exec(messageId)?.[1]
            if (n !== undefined) found[Number(n)] = Number.parseInt(at, 10)
          }
        }
      }
      return found
    }
    const shards = new Set<number>()
    for (let n = 0; n < 6; n++) {
      // Somebody else stands first in each commit, and so decides on the stream.
      const companion = birth(device(`companion-${n}`)).profiles
      shards.add(murmur3(companion[0]!.profile.id) % 8)
      const { profile } = birth(who).profiles[0]!
      const commit = {
        id: `ordered-${n}`,
        // A worker whose clock is behind, or a request that was long on its way.
        receivedAtMs: nowMs - n * 1000,
        profiles: [...companion, { profile, expect: n }],
        identifiers: [],
        records: [record(`ordered-${n}`, id)],
      }
      expect(await many.commit(commit)).toEqual({ done: true })
    }
    expect(shards.size).toBeGreaterThan(2)
    const found = await positions()
    expect(found).toHaveLength(6)
    expect(found).toEqual(found.toSorted((a, b) => a - b))
    expect(new Set(found).size).toBe(6)
  })

  it('a large commit is spread over entries of at most 256 KB, in order', async () => {
    const who = device('large')
    const text = '雪'.repeat(10_000)
    const records = Array.from({ length: 40 }, (_, i) => record(`large-${i}`, idOf(who), { text }))
    await store.commit(birth(who, { receivedAtMs: Date.now(), records }))
    const entries = (await redis.command('XRANGE', keys.outbox(0), '-', '+')) as [
      string,
      string[],
    ][]
    const large = entries.filter(([, fields]) => fields[3]?.includes('large-'))
    expect(large.length).toBeGreaterThan(3)
    const sizes = large.map(([, fields]) => new TextEncoder().encode(fields[3]).byteLength)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(262_144)
    const ids = (await loggedOn(redis)).map(({ messageId }) => messageId)
    expect(ids.filter((id) => id.startsWith('large-'))).toEqual(
      records.map(({ messageId }) => messageId),
    )
  })

  it('an id that is somebody’s is refused with that somebody, so that another is drawn', async () => {
    const who = device('let-go')
    const id = idOf(who)
    await store.commit(birth(who))
    await store.commit({
      ...birth(who, { id: 'let-go', records: [record('m-let-go', id)] }),
      profiles: [{ profile: emptyProfile(id, 's'), expect: 1 }],
      identifiers: [{ identifier: who, was: id, now: null }],
    })
    expect(await store.load([who])).toEqual([])
    const result = await store.commit(birth(who, { id: 'come-again' }))
    expect(result).toMatchObject({ done: false, current: [{ version: 2, profile: { id } }] })
  })
})

describe('index and profile that a fail-over parted', () => {
  const { store } = storeOn(redis)

  it('a profile that is gone is made again under its id', async () => {
    const who = device('torn-profile')
    const id = idOf(who)
    await store.commit(birth(who))
    await redis.command('DEL', keys.profile(id))
    const [person] = await store.load([who])
    expect(person).toMatchObject({ version: 0, profile: { id, identifiers: [who] } })
    const commit = birth(who, { id: 'torn-1' })
    const again = { ...commit, identifiers: [{ identifier: who, was: id, now: id }] }
    expect(await store.commit(again)).toEqual({ done: true })
  })

  it('an index entry that is gone leaves the profile nobody’s, and the person is new', async () => {
    const who = device('torn-index')
    await store.commit(birth(who))
    await redis.command('DEL', keys.identifier(who))
    expect(await store.load([who])).toEqual([])
  })

  it('somebody merged whom the index still leads to lives again', async () => {
    const who = device('torn-merge')
    const id = idOf(who)
    await store.commit(birth(who))
    const tombstone = profileTail({ profile: emptyProfile(id, 's'), mergedInto: 'lost' })
    await redis.command('SET', keys.profile(id), `2|torn|${tombstone}`)
    expect(await store.load([who])).toMatchObject([
      { version: 2, mergedInto: null, profile: { id, identifiers: [who] } },
    ])
    const again = birth(who, { id: 'torn-merge-1' })
    const result = await store.commit({
      ...again,
      profiles: [{ ...again.profiles[0]!, expect: 2 }],
      identifiers: [{ identifier: who, was: id, now: id }],
    })
    expect(result).toEqual({ done: true })
  })

  it('an identifier that the profile does not list is its own all the same', async () => {
    const [a, b] = [device('torn-a'), device('torn-b')]
    await store.commit(birth(a))
    await redis.command('SET', keys.identifier(b), idOf(a))
    const [person] = await store.load([b])
    expect(person?.profile.identifiers).toMatchObject([a, b])
  })
})

workerOnRedis(redis)
scanOnRedis()
