import { beforeAll, describe, expect, it } from 'vitest'
import {
  call,
  configuration,
  fromPage,
  OPEN_KEY,
  ORIGIN,
  publish,
  records,
  SECRET_KEY,
  withKey,
  WRITE_KEY,
} from './site.ts'

beforeAll(async () => {
  await publish(await configuration())
})

const good = { writeKey: WRITE_KEY, anonymousId: 'h', event: 'E' }
const post = (path: string, body: BodyInit, headers: Record<string, string> = {}) =>
  call(path, { method: 'POST', body, headers: { origin: ORIGIN, ...headers } })

describe('bad input gets a clear answer and changes nothing', () => {
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
  const wide = JSON.stringify(
    Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`k${i}`, i])),
  )
  const withProperties = (json: string) =>
    `{"writeKey":"${WRITE_KEY}","anonymousId":"h","event":"E","properties":${json}}`
  const cases: [name: string, path: string, body: string, status: number, code: string][] = [
    ['broken JSON', '/v1/track', '{"a":', 400, 'invalid_json'],
    ['nothing', '/v1/track', '', 400, 'invalid_json'],
    ['an array', '/v1/track', '[]', 400, 'invalid_body'],
    ['a number', '/v1/track', '7', 400, 'invalid_body'],
    ['no key', '/v1/track', '{"event":"E"}', 401, 'unauthorized'],
    [
      'an unknown write key',
      '/v1/track',
      '{"writeKey":"wk_no","event":"E"}',
      401,
      'unknown_write_key',
    ],
    ['a demo key', '/v1/track', '{"writeKey":"wk_demo","event":"E"}', 401, 'unauthorized'],
    [
      'wrong types',
      '/v1/track',
      JSON.stringify({ ...good, properties: [1] }),
      400,
      'invalid_message',
    ],
    [
      'an object as userId',
      '/v1/track',
      JSON.stringify({ ...good, userId: {} }),
      400,
      'invalid_message',
    ],
    [
      'no event name',
      '/v1/track',
      JSON.stringify({ ...good, event: undefined }),
      400,
      'invalid_message',
    ],
    [
      'a reserved event',
      '/v1/track',
      JSON.stringify({ ...good, event: '$merge' }),
      400,
      'invalid_message',
    ],
    [
      'a reserved messageId',
      '/v1/track',
      JSON.stringify({ ...good, messageId: '$merge:x' }),
      400,
      'invalid_message',
    ],
    [
      'nobody',
      '/v1/track',
      JSON.stringify({ writeKey: WRITE_KEY, event: 'E' }),
      400,
      'missing_identifier',
    ],
    [
      'a blocked id',
      '/v1/track',
      JSON.stringify({ ...good, anonymousId: 'undefined' }),
      400,
      'invalid_identifier',
    ],
    ['10,000-deep nesting', '/v1/track', withProperties(deep(10_000)), 400, 'invalid_message'],
    ['nesting too deep', '/v1/track', withProperties(deep(17)), 400, 'invalid_message'],
    ['too many keys', '/v1/track', withProperties(wide), 400, 'invalid_message'],
    ['__proto__', '/v1/track', withProperties('{"__proto__":{"x":1}}'), 400, 'invalid_message'],
    ['constructor', '/v1/track', withProperties('{"a":{"constructor":1}}'), 400, 'invalid_message'],
    [
      'an infinite amount',
      '/v1/track',
      withProperties('{"revenue":1e999}'),
      400,
      'invalid_message',
    ],
    ['NaN', '/v1/track', withProperties('{"revenue":NaN}'), 400, 'invalid_json'],
    [
      'a time that is none',
      '/v1/track',
      JSON.stringify({ ...good, timestamp: '31/12/2026' }),
      400,
      'invalid_timestamp',
    ],
    [
      'a time long before ours',
      '/v1/track',
      JSON.stringify({ ...good, timestamp: '1869-01-01' }),
      400,
      'invalid_timestamp',
    ],
    [
      'an absurd number as time',
      '/v1/track',
      JSON.stringify({ ...good, timestamp: 1e300 }),
      400,
      'invalid_timestamp',
    ],
    [
      'an event too large',
      '/v1/track',
      JSON.stringify({ ...good, properties: { x: 'x'.repeat(33_000) } }),
      413,
      'event_too_large',
    ],
    [
      'a batch that is none',
      '/v1/batch',
      JSON.stringify({ writeKey: WRITE_KEY, batch: {} }),
      400,
      'invalid_body',
    ],
    [
      'too many events',
      '/v1/batch',
      JSON.stringify({ writeKey: WRITE_KEY, batch: Array(2501).fill(0) }),
      400,
      'invalid_body',
    ],
    [
      'a batch too large',
      '/v1/batch',
      JSON.stringify({ writeKey: WRITE_KEY, batch: ['x'.repeat(513_000)] }),
      413,
      'body_too_large',
    ],
    ['another path', '/v1/nowhere', '{}', 404, 'not_found'],
  ]
  it.each(cases)('%s', async (_name, path, body, status, code) => {
    const before = (await records()).length
    const answer = await post(path, body, { 'content-type': 'text/plain' })
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.body).toMatchObject({
      status,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      title: expect.any(String),
    })
    expect(await records()).toHaveLength(before)
  })

  it('counts the bytes that arrive, whatever Content-Length claims', async () => {
    const chunk = new TextEncoder().encode('x'.repeat(60_000))
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent++ < 20) controller.enqueue(chunk)
        else controller.close()
      },
    })
    const answer = await call('/v1/batch', { method: 'POST', body, duplex: 'half' } as RequestInit)
    expect(answer.body.code).toBe('body_too_large')
    expect(sent).toBeLessThan(15)
  })

  it('bytes that are not UTF-8', async () => {
    expect((await post('/v1/track', new Uint8Array([0x22, 0xff, 0x22]))).body.code).toBe(
      'invalid_json',
    )
  })

  it('repairs lone surrogates, as a text cut within an emoji leaves them', async () => {
    const body = `{"writeKey":"${WRITE_KEY}","anonymousId":"h","messageId":"lone","event":"E\\ud83d","properties":{"a":"\\udc00x"}}`
    expect((await post('/v1/track', body)).status).toBe(200)
    const record = (await records()).find(({ messageId }) => messageId === 'lone')
    expect([record?.['event'], record?.['properties']]).toEqual(['E�', { a: '�x' }])
    const id = await post('/v1/track', JSON.stringify({ ...good, anonymousId: '\ud800x' }))
    expect(id.status).toBe(200)
  })

  it('a future time is clamped, not refused', async () => {
    await fromPage('/v1/track', { ...good, messageId: 'future', timestamp: '2099-01-01T00:00:00Z' })
    const record = (await records()).find(({ messageId }) => messageId === 'future')
    expect(record?.['timestampMs']).toBe(record?.['receivedAtMs'])
  })

  it('duplicate messageIds within one batch count once', async () => {
    const event = { ...good, type: 'track', messageId: 'dup' }
    const { body } = await fromPage('/v1/batch', {
      writeKey: WRITE_KEY,
      batch: [event, { ...event, properties: { other: 1 } }, event],
    })
    expect(body.accepted).toBe(3)
    expect((await records()).filter(({ messageId }) => messageId === 'dup')).toHaveLength(1)
  })
})

describe('origins', () => {
  it("echoes the source's origin, never a wildcard", async () => {
    const answer = await fromPage('/v1/track', good)
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN)
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true')
    expect(answer.headers.get('vary')).toContain('Origin')
  })

  it("refuses an origin that is another source's or nobody's", async () => {
    for (const origin of [
      'https://open.example',
      'https://evil.example',
      'null',
      `${ORIGIN}.evil.example`,
      'http://shop.example',
    ]) {
      const answer = await fromPage('/v1/track', good, origin)
      expect([answer.status, answer.body.code]).toEqual([403, 'origin_not_allowed'])
    }
    const evil = await fromPage('/v1/track', good, 'https://evil.example')
    expect(evil.headers.get('access-control-allow-origin')).toBeNull()
    const other = await fromPage(
      '/v1/track',
      { ...good, writeKey: OPEN_KEY },
      'https://open.example',
    )
    expect(other.status).toBe(200)
  })

  it('answers preflights for known origins only', async () => {
    const preflight = (origin: string) =>
      call('/v1/batch', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      })
    expect((await preflight(ORIGIN)).headers.get('access-control-allow-origin')).toBe(ORIGIN)
    expect(
      (await preflight('https://evil.example')).headers.get('access-control-allow-origin'),
    ).toBeNull()
  })
})

describe('other surfaces', () => {
  it('the pixel tracks, sets no cookie, and identifies nobody', async () => {
    const data = (message: object) => encodeURIComponent(btoa(JSON.stringify(message)))
    const answer = await call(`/v1/pixel/track?data=${data({ ...good, messageId: 'pixel' })}`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/gif'])
    expect(answer.headers.get('set-cookie')).toBeNull()
    expect((await records()).some(({ messageId }) => messageId === 'pixel')).toBe(true)
    const path = `/v1/pixel/track?data=${data({ ...good, messageId: 'pixel-by-head' })}`
    const looked = await call(path, { method: 'HEAD' })
    expect([looked.status, looked.headers.get('content-type')]).toEqual([200, 'image/gif'])
    expect((await records()).some(({ messageId }) => messageId === 'pixel-by-head')).toBe(false)
    expect((await call('/v1/pixel/identify?data=e30')).status).toBe(404)
    expect((await call('/v1/pixel/track?data=%%%')).status).toBe(400)
    const leaked = await call(
      `/v1/pixel/track?data=${data({ writeKey: SECRET_KEY, userId: 'u', event: 'E' })}`,
    )
    expect(leaked.body.code).toBe('missing_identifier')
  })

  it('settings point analytics.js at us', async () => {
    const { body } = await call(`/v1/projects/${WRITE_KEY}/settings`)
    expect(body.integrations['Segment.io']).toMatchObject({
      apiKey: WRITE_KEY,
      apiHost: 'tsugi.example/v1',
      protocol: 'https',
    })
    expect((await call('/v1/projects/wk_no/settings')).status).toBe(401)
  })

  it('a Basic key works as in Segment', async () => {
    const answer = await call('/v1/track', {
      method: 'POST',
      body: JSON.stringify({ anonymousId: 'b', event: 'E' }),
      headers: { authorization: `Basic ${btoa(`${WRITE_KEY}:`)}` },
    })
    expect(answer.status).toBe(200)
    for (const wrong of [
      await withKey('sk_no', '/v1/track', good),
      await call('/v1/projects/wk_no/settings'),
    ]) {
      expect([wrong.status, wrong.body.detail]).toEqual([
        401,
        'no source of the active release has this key',
      ])
    }
  })

  it('tells that it lives and is ready', async () => {
    expect((await call('/healthz')).body).toEqual({ ok: true })
    expect((await call('/readyz')).body).toMatchObject({ ok: true, store: 'up' })
  })
})
