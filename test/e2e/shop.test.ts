/** The shop's own manners, without a worker: bad input, other sites, hostile text. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serve, type Shop } from '../../demo/server.ts'

let shop: Shop
beforeAll(async () => {
  // Nobody listens there.
  shop = await serve({ port: 0, workerUrl: 'http://127.0.0.1:9' })
})
afterAll(async () => shop?.stop())

const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(shop.url + path, { headers, redirect: 'manual' })

const post = async (
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(shop.url + path, {
    method: 'POST',
    body,
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  })

const cookiesOf = (answer: Response): string =>
  answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')

test('pages stand without the worker, and without its snippet', async () => {
  const answer = await get('/c/knitwear')
  const text = await answer.text()
  expect(answer.status).toBe(200)
  expect(text).toContain('Cable pullover')
  expect(text).not.toContain('tsugi.load')
  expect(text).not.toContain('<script')
})

const ASKED = { anonymousId: 'a-visitor', placements: ['hero'], context: {} }
const panelOf = async (url: string, language: string): Promise<string> => {
  const answer = await fetch(`${url}/panel`, {
    method: 'POST',
    body: JSON.stringify(ASKED),
    headers: { 'content-type': 'application/json', 'accept-language': language },
  })
  return answer.text()
}

test('the panel says when nobody answers', async () => {
  expect(await panelOf(shop.url, 'en')).toContain('The worker does not answer just now.')
})

test.each([
  ['no such key', { '/v1/profiles/anonymous_id/a-visitor': 401, '/v1/decide': 401 }],
  ['no such placement', { '/v1/profiles/anonymous_id/a-visitor': 404, '/v1/decide': 404 }],
])('the panel says how to come back to the shop’s configuration: %s', async (_, statuses) => {
  const worker = createServer((request, response) => {
    response.writeHead((statuses as Record<string, number>)[request.url ?? ''] ?? 500).end('{}')
  })
  await new Promise<void>((resolve) => worker.listen(0, '127.0.0.1', resolve))
  const { port } = worker.address() as AddressInfo
  const lost = await serve({ port: 0, workerUrl: `http://127.0.0.1:${port}` })
  try {
    expect(await panelOf(lost.url, 'en')).toContain('npm run tsugi -- rollback 1')
    expect(await panelOf(lost.url, 'ja')).toContain('このお店のものではない設定')
  } finally {
    await lost.stop()
    await new Promise((resolve) => worker.close(resolve))
  }
})

describe('paths', () => {
  test.each([
    ...['/nowhere', '/p/unknown', '/c/shoes', '/p/cable-pullover/more', '/art/none.svg'],
    ...['/thank-you/anything', '/p/__proto__', '/art/constructor.svg', '/panel'],
  ])('%s is not found', async (path) => {
    const answer = await get(path)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toContain('There is no such page')
  })

  test.each(['/%', '/%ff', '//evil.example/'])('%s is refused politely', async (path) => {
    const answer = await get(path)
    expect([400, 404]).toContain(answer.status)
    expect(answer.headers.get('content-type')).toContain('text/html')
  })

  test('other methods are told which ones there are', async () => {
    const answer = await fetch(shop.url, { method: 'DELETE' })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('GET, HEAD, POST')
  })
})

describe('forms', () => {
  test.each([
    ['/cart/add', 'product=unknown', 400],
    ['/cart/add', '', 400],
    ['/cart/remove', 'product=%00', 400],
    ['/nowhere', '', 404],
    ['/account/log-in', 'email=nonsense', 422],
    ['/account/sign-up', 'name=A&email=a%40b', 422],
    ['/cart/add', `product=${'x'.repeat(20_000)}`, 413],
    ['/panel', 'not json', 400],
    ['/panel', '{"anonymousId":"a","placements":"hero"}', 400],
  ])('%s refuses what it cannot use (%#)', async (path, body, status) => {
    expect((await post(path, body)).status).toBe(status)
  })

  test('another site cannot post', async () => {
    const fields = 'product=cable-pullover'
    expect((await post('/cart/add', fields)).status).toBe(303)
    for (const site of ['cross-site', 'same-site']) {
      expect((await post('/cart/add', fields, { 'sec-fetch-site': site })).status).toBe(403)
    }
  })

  test.each(['//evil.example', 'https://evil.example', String.raw`/\evil.example`, '/a\r\nx: y'])(
    'nobody is sent to %j',
    async (back) => {
      const fields = new URLSearchParams({ back, personalization: 'off' })
      expect((await post('/privacy', fields.toString())).headers.get('location')).toBe('/')
    },
  )

  test('an empty cart cannot be ordered', async () => {
    const answer = await post('/checkout', 'name=A&email=a%40example.com')
    expect(answer.headers.get('location')).toBe('/cart')
  })

  test('news is told once', async () => {
    const added = await post('/cart/add', 'product=cable-pullover')
    const first = await get('/cart', { cookie: cookiesOf(added) })
    expect(await first.text()).toContain('Cable pullover is in your basket.')
    expect(first.headers.getSetCookie().join()).toMatch(/news=; .*Max-Age=0/)
  })
})

describe('text from outside', () => {
  const HOSTILE = `"><script>alert(1)</script>`

  test('a name is shown as text', async () => {
    const fields = new URLSearchParams({ name: HOSTILE, email: 'a@example.com' })
    const entered = await post('/account/sign-up', fields.toString())
    const text = await (await get('/account', { cookie: cookiesOf(entered) })).text()
    expect(text).toContain('&quot;&gt;&lt;script&gt;alert(1)')
    expect(text).not.toContain('<script>alert')
  })

  test.each([
    ['/?lang=%22%3E%3Cscript%3Ealert(1)%3C/script%3E', {}],
    ['/?utm_campaign=%3C/script%3E%3Cscript%3Ealert(1)%3C/script%3E', {}],
    ['/%22%3E%3Cscript%3Ealert(1)%3C/script%3E', {}],
    ['/', { cookie: `lang=${HOSTILE}; cart=${HOSTILE}; customer=${HOSTILE}; news=${HOSTILE}` }],
    ['/account', { cookie: 'customer=bm90IGpzb24' }],
    ['/cart', { cookie: 'cart=cable-pullover*99.snow-yoke*-1.unknown*2' }],
    ['/', { 'accept-language': HOSTILE }],
  ])('%s stands', async (path, headers) => {
    const answer = await get(path, headers)
    expect([200, 404]).toContain(answer.status)
    expect(await answer.text()).not.toContain('alert(1)</script>')
  })
})

test('the language: asked for, then remembered, then preferred', async () => {
  const langOf = async (path: string, headers: Record<string, string>): Promise<string> =>
    /<html lang="(\w+)">/.exec(await (await get(path, headers)).text())?.[1] ?? ''
  expect(await langOf('/', { 'accept-language': 'fr, ja;q=0.8' })).toBe('ja')
  expect(await langOf('/', { 'accept-language': 'ja', cookie: 'lang=en' })).toBe('en')
  expect(await langOf('/?lang=ja', { cookie: 'lang=en' })).toBe('ja')
  expect(await langOf('/', {})).toBe('en')
})
