/** The Redis store inside workerd, against a real redis-server behind the bridge. */
import { env } from 'cloudflare:workers'
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import worker from '../../worker/index.ts'
import type { Env } from '../../worker/env.ts'
import { murmur3 } from '../../worker/core/hash.ts'
import type { Identifier } from '../../worker/core/identity/identifier.ts'
import { emptyProfile } from '../../worker/core/profile/profile.ts'
import type { EventRecord, OutboxBody } from '../../worker/core/record.ts'
import { requestDeps } from '../../worker/deps.ts'
import { collect } from '../../worker/flow/collect.ts'
import type { Commit, ProfileStore } from '../../worker/flow/ports.ts'
import { redisClient } from '../../worker/store/redis/client.ts'
import { profileTail, redisKeys } from '../../worker/store/redis/keys.ts'
import { redisOutboxView } from '../../worker/store/redis/outbox-view.ts'
import { profileIdOf } from '../../worker/store/redis/profile-id.ts'
import { redisProfileStore } from '../../worker/store/redis/profile-store.ts'
import { openRedis, type TestRedis } from '../support/workerd/redis.ts'
import { configuration, SECRET_KEY, WRITE_KEY } from '../worker/site.ts'
import { profileStoreContract } from './contract.ts'

const idOf = profileIdOf('a-key-for-tests')
const keys = redisKeys('tsugi:')

function storeOn(redis: TestRedis) {
  const meter = { trips: 0 }
  const client = redisClient(redis.settings)
  const view = redisOutboxView(client, keys, meter)
  return { store: redisProfileStore(client, keys, idOf, meter), meter, view }
}

/** Every record of the outbox in order. */
async function loggedOn(redis: TestRedis): Promise<EventRecord[]> {
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

const device = (value: string): Identifier => ({ type: 'anonymous_id', value })

const record = (messageId: string, profileId: string, properties = {}): EventRecord => ({
  type: 'track',
  event: 'E',
  messageId,
  source: 's',
  profileId,
  epoch: 1,
  properties,
  timestampMs: 1,
  receivedAtMs: 1,
  originalTimestampMs: null,
  sentAtMs: null,
})

/** As ingest makes somebody of one identifier. */
function birth(identifier: Identifier, over: Partial<Commit> = {}): Commit {
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

describe('the worker on Redis', () => {
  const call = async (path: string, key: string, body?: unknown, method = 'POST') => {
    const ctx = createExecutionContext()
    const request = new Request(`https://tsugi.example${path}`, {
      method: body === undefined ? 'GET' : method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    })
    const onRedis = { ...(env as unknown as Env), ...redis.variables }
    const response = await worker.fetch(request, onRedis, ctx)
    const text = await response.text()
    await waitOnExecutionContext(ctx)
    return { status: response.status, body: JSON.parse(text) }
  }
  const send = (body: object) => call('/v1/batch', SECRET_KEY, { batch: [body] })

  beforeAll(async () => {
    await redis.command('FLUSHALL')
    // The configuration lies in D1 whichever store holds the profiles.
    await call('/admin/v1/configuration', env.ADMIN_TOKEN, await configuration(), 'PUT')
    expect((await call('/admin/v1/releases', env.ADMIN_TOKEN, { note: '' })).status).toBe(201)
  })

  it('collects, stitches, merges, decides and shows what it holds', async () => {
    const view = (anonymousId: string, messageId: string) => ({
      type: 'track',
      event: 'Product Viewed',
      anonymousId,
      messageId,
      properties: { category: 'knitwear' },
    })
    for (let i = 0; i < 3; i++) expect((await send(view('phone', `p${i}`))).status).toBe(200)
    expect((await send(view('phone', 'p0'))).status).toBe(200)
    await send({ type: 'identify', anonymousId: 'phone', userId: 'u1', messageId: 'i1' })
    await send({ type: 'identify', anonymousId: 'laptop', userId: 'u2', messageId: 'i2' })
    await send({ type: 'identify', anonymousId: 'tablet', messageId: 'i3', traits: { a: 1 } })
    await send({ type: 'identify', anonymousId: 'tablet', userId: 'u1', messageId: 'i4' })
    const { body } = await call('/v1/decide', WRITE_KEY, {
      anonymousId: 'tablet',
      placements: ['hero'],
    })
    expect(body).toMatchObject({ degraded: false })
    expect(body.decisions.hero.items[0].content.headline).toBe('Warm knits')
    const status = await call('/admin/v1/status', env.ADMIN_TOKEN)
    // Seven commits, and what was decided.
    expect(status.body.outbox.rows).toBe(8)
    const { body: tail } = await call('/admin/v1/records?after=0&limit=100', env.ADMIN_TOKEN)
    const ids = tail.records.map(({ messageId }: EventRecord) => messageId)
    expect(ids.filter((id: string) => id === 'p0')).toHaveLength(1)
    expect(tail.records.filter(({ type }: EventRecord) => type === '$merge')).toHaveLength(1)
    expect(tail.records.filter(({ type }: EventRecord) => type === '$decision')).toHaveLength(1)
    expect(await env.DB.prepare('SELECT count(*) AS n FROM outbox').first('n')).toBe(0)
    expect((await call('/readyz', SECRET_KEY)).body).toMatchObject({ ok: true, store: 'up' })
  })

  it('a device that was let go and comes again is somebody new under another id', async () => {
    const identify = (anonymousId: string) =>
      send({ type: 'identify', anonymousId, userId: 'many', messageId: `many-${anonymousId}` })
    for (let i = 0; i < 6; i++) expect((await identify(`d${i}`)).status).toBe(200)
    const first = await redis.command('GET', keys.identifier({ type: 'user_id', value: 'many' }))
    expect(await redis.command('GET', keys.identifier(device('d0')))).toBeNull()
    const sent = await send({ type: 'track', event: 'E', anonymousId: 'd0', messageId: 'again' })
    expect(sent.status).toBe(200)
    const second = await redis.command('GET', keys.identifier(device('d0')))
    expect(second).toMatch(/^[0-9a-f-]{36}$/)
    expect(second).not.toBe(first)
  })

  it('an id found taken is not tried again after a further conflict', async () => {
    const who = device('taken')
    await storeOn(redis).store.commit(birth(who))
    const ctx = createExecutionContext()
    const deps = requestDeps({ ...(env as unknown as Env), ...redis.variables }, ctx)
    // Under its own key the worker draws other ids than this file does.
    const real = {
      ...deps,
      ids: {
        ...deps.ids,
        profileId: (_: Identifier, attempt: number) =>
          attempt === 0 ? idOf(who) : crypto.randomUUID(),
      },
    }
    const tried: string[] = []
    const store: ProfileStore = {
      load: async () => [],
      commit: async (commit) => {
        tried.push(commit.profiles[0]!.profile.id)
        // The second meets somebody else's commit that has nothing to do with the id.
        if (tried.length === 2) return { done: false, current: [] }
        return deps.store.commit(commit)
      },
    }
    const release = await deps.releases.current()
    const result = await collect(
      { ...real, store },
      {
        release: release!,
        source: release!.sourceByWriteKey.get(WRITE_KEY)!,
        trusted: false,
        messages: [{ type: 'track', event: 'E', anonymousId: 'taken-2', messageId: 'taken-2' }],
        sentAt: null,
        receivedAtMs: Date.now(),
        bytes: 100,
      },
    )
    expect(result.ok).toBe(true)
    expect(tried.map((id) => id === idOf(who))).toEqual([true, false, false])
  })

  it('64 senders on one person all land through their retries', async () => {
    let pending = Array.from({ length: 64 }, (_, i) => `crowd-${i}`)
    let refused = 0
    let rounds = 0
    for (let round = 0; pending.length > 0 && round < 200; round++) {
      const answers = await Promise.all(
        pending.map(async (messageId) => {
          const { status } = await send({ type: 'track', event: 'C', userId: 'crowd', messageId })
          return { messageId, status }
        }),
      )
      const left = answers.filter(({ status }) => status !== 200)
      expect(left.filter(({ status }) => status !== 503)).toEqual([])
      refused += left.length
      rounds++
      pending = left.map(({ messageId }) => messageId)
    }
    expect(pending).toEqual([])
    const logged = (await loggedOn(redis)).map(({ messageId }) => messageId)
    expect(logged.filter((id) => id.startsWith('crowd-')).sort()).toEqual(
      Array.from({ length: 64 }, (_, i) => `crowd-${i}`).sort(),
    )
    console.log(`64 senders on one person: ${refused} answered 503 in ${rounds} rounds`)
  }, 120_000)
})

describe('a scan of profiles on Redis', () => {
  it('costs three trips a page, and a trip more for each megabyte', async () => {
    const redis = await openRedis()
    const { store, meter } = storeOn(redis)
    const text = 'x'.repeat(60_000)
    for (let n = 0; n < 30; n++) {
      const profile = { ...emptyProfile(`heavy-${n}`, 's'), splitKey: text }
      const set = `1|c|${profileTail({ profile, mergedInto: null })}`
      await redis.command('SET', keys.profile(profile.id), set)
    }
    const { profiles, next } = await store.scan(null, 500)
    expect(profiles).toHaveLength(30)
    expect(next).toBeNull()
    // 17 of 61 KB fit a megabyte.
    expect(meter.trips).toBe(2 + 2)
    await redis.remove()
  })

  it('takes a prefix as it is, not as a pattern, and no neighbour for its own', async () => {
    const redis = await openRedis({ prefix: 'a*[b]?\\:' })
    const client = redisClient(redis.settings)
    const own = redisKeys(redis.settings.prefix)
    const store = redisProfileStore(client, own, idOf, { trips: 0 })
    const text = (id: string): string =>
      `1|c|${profileTail({ profile: emptyProfile(id, 's'), mergedInto: null })}`
    await redis.command('SET', own.profile('ours'), text('ours'))
    await redis.command('SET', redisKeys('aXXbX\\:').profile('theirs'), text('theirs'))
    await redis.command('SET', 'axb:p:theirs', text('theirs'))
    const { profiles } = await store.scan(null, 100)
    expect(profiles.map(({ profile }) => profile.id)).toEqual(['ours'])
    await redis.remove()
  })

  it('tells what is no page of keys', async () => {
    const redis = await openRedis()
    const { store } = storeOn(redis)
    await redis.command('SET', keys.profile('broken'), 'no profile')
    await expect(store.scan(null, 100)).rejects.toThrow('a whole profile expected')
    await expect(store.scan('no cursor', 100)).rejects.toThrow('invalid cursor')
    await redis.remove()
  })
})
