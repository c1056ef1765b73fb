import { beforeAll, describe, expect, it } from 'vitest'
import {
  call,
  configuration,
  fromPage,
  publish,
  records,
  SECRET_KEY,
  withKey,
  WRITE_KEY,
} from './site.ts'

const PATH = '/v1/profiles/user_id/kei'
const get = (path: string) => withKey(SECRET_KEY, `${PATH}${path}`)

beforeAll(async () => {
  await publish({
    ...(await configuration()),
    aggregates: [
      {
        key: 'spent',
        name: 'Spent',
        event: 'Order Completed',
        compute: 'sum',
        property: 'revenue',
        last: '30d',
      },
      { key: 'views', name: 'Views', event: 'Product Viewed', compute: 'count' },
    ],
  })
  await withKey(SECRET_KEY, '/v1/identify', {
    userId: 'kei',
    messageId: 'k0',
    traits: { plan: 'pro', city: 'Kyoto', tags: ['a'], email: 'kei@example.com' },
  })
  const batch = Array.from({ length: 30 }, (_, i) => ({
    type: 'track',
    event: i < 2 ? 'Order Completed' : 'Product Viewed',
    messageId: `k${i + 1}`,
    userId: 'kei',
    properties: { revenue: 1200.5, category: 'knitwear' },
    timestamp: new Date(Date.UTC(2026, 10, 1) + i * 60_000).toISOString(),
  }))
  await withKey(SECRET_KEY, '/v1/batch', { batch })
})

describe('a profile by section', () => {
  it('traits, plain and with lineage', async () => {
    expect((await get('/traits')).body).toEqual({
      data: { city: 'Kyoto', email: 'kei@example.com', plan: 'pro', tags: ['a'] },
      cursor: { limit: 20, next: null, hasMore: false },
    })
    const verbose = (await get('/traits?verbose=true&include=plan')).body.data
    expect(verbose).toEqual({
      plan: { value: 'pro', source: 'site', at: expect.stringMatching(/^20\d\d-/) },
    })
  })

  it('events, newest first, page by page, and by name and time', async () => {
    const first = (await get('/events?limit=20')).body
    const second = (await get(`/events?limit=20&next=${first.cursor.next}`)).body
    expect([first.data.length, first.cursor.hasMore, second.data.length, second.cursor]).toEqual([
      20,
      true,
      11,
      { limit: 20, next: null, hasMore: false },
    ])
    const times = [...first.data, ...second.data].map((e: { timestamp: string }) => e.timestamp)
    expect(times).toEqual([...times].sort().toReversed())
    expect((await get('/events?include=Order%20Completed')).body.data).toHaveLength(2)
    const some = await get('/events?since=2026-11-01T00:10:00Z&until=2026-11-01T00:12:00Z')
    expect(some.body.data).toHaveLength(2)
  })

  it('identifiers, segments, aggregates, exposures', async () => {
    expect((await get('/identifiers')).body.data).toEqual([
      { type: 'user_id', value: 'kei' },
      { type: 'email', value: 'kei@example.com' },
    ])
    expect((await get('/segments')).body.data).toEqual({ 'knit-lover': false, pro: true })
    expect((await get('/aggregates')).body.data).toEqual({ spent: expect.any(Number), views: 28 })
    expect((await get('/exposures')).body.data).toEqual({})
  })

  it('refuses what it cannot mean', async () => {
    for (const path of [
      '/traits?limit=0',
      '/traits?limit=1000',
      '/events?next=x',
      '/events?since=soon',
    ]) {
      expect([path, (await get(path)).body.code]).toEqual([path, 'invalid_body'])
    }
    expect((await get('/secrets')).body.code).toBe('not_found')
  })

  it('opens to a secret key only', async () => {
    for (const path of ['', '/traits', '/events']) {
      expect((await call(`${PATH}${path}`)).body.code).toBe('unauthorized')
      expect((await withKey(WRITE_KEY, `${PATH}${path}`)).body.code).toBe('forbidden')
    }
    expect((await withKey(WRITE_KEY, PATH, { traits: { a: 1 } }, 'PATCH')).body.code).toBe(
      'forbidden',
    )
    expect((await call(PATH, { method: 'PATCH', body: '{}' })).body.code).toBe('unauthorized')
  })
})

describe('PATCH', () => {
  const patch = (body: object, path = PATH) => withKey(SECRET_KEY, path, body, 'PATCH')

  it('is a record like any other, once for one messageId, and read at once', async () => {
    for (let i = 0; i < 3; i++) {
      expect((await patch({ messageId: 'p1', traits: { tier: 'gold', city: null } })).status).toBe(
        200,
      )
    }
    expect((await get('/traits')).body.data).toMatchObject({ tier: 'gold', plan: 'pro' })
    expect((await get('/traits?include=city')).body.data).toEqual({})
    expect((await records()).filter(({ messageId }) => messageId === 'p1')).toHaveLength(1)
    expect(
      (await patch({ traits: { tier: 'platinum' } }, '/v1/profiles/email/KEI@example.com')).status,
    ).toBe(200)
    expect((await get('/traits?include=tier')).body.data).toEqual({ tier: 'platinum' })
  })

  it('makes nobody, and changes nothing when it is refused', async () => {
    expect((await patch({ traits: { a: 1 } }, '/v1/profiles/user_id/nobody-yet')).body.code).toBe(
      'not_found',
    )
    expect((await patch({ traits: {} })).body.code).toBe('invalid_body')
    expect((await patch({ traits: { a: 1 }, other: 1 })).body.code).toBe('invalid_body')
    expect((await patch({ traits: { a: 1 }, timestamp: 'soon' })).body.code).toBe(
      'invalid_timestamp',
    )
    expect((await patch({ traits: { a: 1 } }, '/v1/profiles/user_id/null')).body.code).toBe(
      'not_found',
    )
  })

  it('identify, then read or decide anywhere, sees it', async () => {
    for (let i = 0; i < 10; i++) {
      await withKey(SECRET_KEY, '/v1/identify', { userId: `ryw-${i}`, traits: { plan: 'pro' } })
      const { body } = await withKey(SECRET_KEY, '/v1/decide', {
        userId: `ryw-${i}`,
        placements: ['hero'],
      })
      expect(body.decisions.hero.items[0].content.headline).toBe('For pros')
    }
    const page = await fromPage('/v1/decide', {
      writeKey: WRITE_KEY,
      anonymousId: 'x',
      placements: ['hero'],
    })
    expect(page.body.decisions.hero.items[0].content.headline).toBe('Welcome')
  })
})
