/** Segment's own client for the browser, unmodified, in Chromium, on another origin than the worker. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { OPEN_KEY } from './site/configuration.ts'
import { startFaultProxy, type Fault, type FaultProxy } from './site/fault-proxy.ts'
import { bundlePage, snippetPage, startShopPage, type ShopPage } from './site/shop-page.ts'
import { eventNames, rowsByType, sixCalls } from './site/sightings.ts'
import { startSite, type Site } from './site/site.ts'
import { visitor, type Visitor } from './site/visitor.ts'

let site: Site
let proxy: FaultProxy
let shop: ShopPage
let browser: Browser
const batching = (config: object) => ({
  integrations: { 'Segment.io': { deliveryStrategy: { strategy: 'batching', config } } },
})
const bundle = (cdnURL: string, options: object): string =>
  bundlePage({ writeKey: OPEN_KEY, cdnURL }, options)

beforeAll(async () => {
  shop = await startShopPage({
    '/snippet': () => snippetPage(site.url, OPEN_KEY, sixCallsOf('snippet-hana')),
    '/bundle': () => bundle(site.url, {}),
    '/batching': () => bundle(site.url, batching({ size: 6 })),
    '/patient': () => bundle(proxy.url, batching({ size: 50, timeout: 60_000 })),
    '/faults': () => bundle(proxy.url, {}),
    '/faults-batching': () => bundle(proxy.url, batching({ size: 6, timeout: 500 })),
  })
  site = await startSite([shop.origin])
  proxy = await startFaultProxy(site.url)
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  await proxy?.stop()
  await shop?.stop()
  await site?.stop()
})

/** JavaScript for the page. Without its second argument, alias reads whoever was identified last. */
const sixCallsOf = (userId: string): string => `
analytics.page('Catalog', 'Knitwear', { season: 'winter' })
analytics.track('Product Viewed', { product_id: 'K-1', category: 'knitwear', price: 4200 })
analytics.screen('Sheet', { kind: 'size guide' })
analytics.group('club', { tier: 'gold' })
analytics.alias('${userId}', '${userId}-before')
analytics.identify('${userId}', { plan: 'pro', email: '${userId}@Example.com' })`

/** Opens a page, waits until analytics.js runs, then does `calls` in it. */
async function visit(path: string, calls = ''): Promise<Visitor> {
  const seen = await visitor(browser)
  await seen.page.goto(shop.origin + path)
  await seen.page.evaluate(
    `new Promise((resolve) => window.analytics.ready(resolve)).then(() => { ${calls} })`,
  )
  return seen
}

interface Post {
  readonly path: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read whatever was sent
  readonly body: any
}

/** What went through the proxy since its `index`-th request, the browser's words aside. */
const postsSince = (index: number) =>
  proxy.deliveries
    .slice(index)
    .filter(({ method }) => method === 'POST')
    .map(({ body, ...rest }) => ({ ...rest, body: JSON.parse(body) }))

const messagesOf = (
  posts: readonly Post[],
): { messageId: string; anonymousId: string; type: string }[] =>
  posts.flatMap(({ body }) => body.batch ?? [body])

/** One profile and one row each for the six calls, told by what was sent. */
async function expectSix(posts: () => readonly Post[], userId: string): Promise<void> {
  const read = async () => (await site.profile('user_id', userId)).body
  await expect.poll(async () => (await read()).events?.length).toBe(6)
  const profile = await read()
  expect(eventNames(profile)).toEqual(sixCalls('Product Viewed'))
  expect(profile.traits.plan).toMatchObject({ value: 'pro', source: 'open' })
  const messages = messagesOf(posts())
  const anonymousId = messages[0]?.anonymousId as string
  for (const [type, value] of [
    ['anonymous_id', anonymousId],
    ['anonymous_id', `${userId}-before`],
    ['email', `${userId}@example.com`],
  ] as const) {
    expect((await site.profile(type, value)).body.profileId).toBe(profile.profileId)
  }

  const ids = [...new Set(messages.map(({ messageId }) => messageId))]
  const rows = await rowsByType(await site.warehouse(), ids)
  const common = { source: 'open', anonymous_id: anonymousId, late: false }
  expect(rows).toMatchObject({
    track: { ...common, event: 'Product Viewed' },
    page: { ...common, name: 'Knitwear', category: 'Catalog' },
    screen: { ...common, name: 'Sheet' },
    group: { ...common, group_id: 'club' },
    identify: { ...common, user_id: userId, profile_id: profile.profileId },
    alias: { ...common, user_id: userId, previous_id: `${userId}-before` },
  })
  expect(JSON.parse(rows['track']?.['properties'] as string)).toMatchObject({ price: 4200 })
  expect(JSON.parse(rows['page']?.['context'] as string)).toMatchObject({
    locale: 'ja-JP',
    page: { title: '糸と布' },
    library: { name: 'analytics.js' },
  })
}

/** Each path once: a store that is busy with the same person's other call may ask for one again. */
const pathsOf = (posts: readonly Post[]): string[] =>
  [...new Set(posts.map(({ path }) => path))].sort()

/** What went wrong, save a 503: that is the worker's word for "once more", and it is obeyed. */
const errorsOf = ({ errors }: Visitor): string[] => errors.filter((text) => !/ 503 /.test(text))

describe('@segment/analytics-next', () => {
  it('delivers all six calls queued by the snippet before it was loaded', async () => {
    const seen = await visit('/snippet')
    await expectSix(seen.posts, 'snippet-hana')
    expect(pathsOf(seen.posts())).toEqual(['/v1/a', '/v1/g', '/v1/i', '/v1/p', '/v1/s', '/v1/t'])
    expect(errorsOf(seen)).toEqual([])
    expect(seen.origins()).toEqual([shop.origin, site.url].sort())
  })

  it('delivers all six calls of the npm bundle', async () => {
    const seen = await visit('/bundle', sixCallsOf('bundle-hana'))
    await expectSix(seen.posts, 'bundle-hana')
    expect(errorsOf(seen)).toEqual([])
    expect(seen.origins()).toEqual([shop.origin, site.url].sort())
  })

  it('delivers all six calls as one batch', async () => {
    const seen = await visit('/batching', sixCallsOf('batch-hana'))
    await expectSix(seen.posts, 'batch-hana')
    expect(pathsOf(seen.posts())).toEqual(['/v1/b'])
    expect(errorsOf(seen)).toEqual([])
  })

  it('delivers a waiting batch when the visitor leaves the page (keepalive)', async () => {
    const before = proxy.deliveries.length
    const { page } = await visit('/patient', sixCallsOf('leaving-hana'))
    await expect.poll(() => page.evaluate('analytics.instance.queue.queue.todo')).toBe(0)
    expect(postsSince(before)).toEqual([])
    await page.goto(`${shop.origin}/elsewhere`)
    await expectSix(() => postsSince(before), 'leaving-hana')
    expect(pathsOf(postsSince(before))).toEqual(['/v1/b'])
  })

  const FAULTS: readonly (readonly [Fault, string])[] = [
    ['unavailable', 'through a store that is down'],
    ['answer-lost', 'when the answer was lost and it is sent again'],
  ]
  for (const [fault, when] of FAULTS) {
    it(`delivers each call once ${when}`, async () => {
      const before = proxy.deliveries.length
      proxy.plan(fault, fault)
      await visit('/faults', sixCallsOf(`${fault}-hana`))
      await expect.poll(() => postsSince(before).length).toBeGreaterThanOrEqual(8)
      await expectSix(() => postsSince(before), `${fault}-hana`)
      if (fault === 'unavailable') expect(retries(before).slice(0, 2)).toEqual(['1', '1'])
    })

    it(`delivers a batch once ${when}`, async () => {
      const before = proxy.deliveries.length
      proxy.plan(fault)
      await visit('/faults-batching', sixCallsOf(`${fault}-batch-hana`))
      // A page that is slow to make its six calls sends them as two batches.
      await expect.poll(() => postsSince(before).length).toBeGreaterThanOrEqual(2)
      await expectSix(() => postsSince(before), `${fault}-batch-hana`)
      if (fault === 'unavailable') expect(retries(before)[0]).toBe('1')
    })
  }

  /**
   * analytics.js counts its retries in a header of its own, which the preflight
   * must allow. A lost answer may be asked for again by Chromium itself, uncounted.
   */
  const retries = (before: number) =>
    postsSince(before).flatMap(({ headers }) => headers['x-retry-count'] ?? [])
})
