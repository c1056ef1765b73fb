/** OpenFeature's own provider for pages, unmodified, in Chromium, on another origin than the worker. */
import { join } from 'node:path'
import type { Provider } from '@openfeature/web-sdk'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { bundleScript } from './site/bundle.ts'
import { OPEN_KEY } from './site/configuration.ts'
import type { FlagsPage } from './site/flags-page.ts'
import { scriptPage, startShopPage, type ShopPage } from './site/shop-page.ts'
import { startSite, type Site } from './site/site.ts'
import { visitor, type Visitor } from './site/visitor.ts'

declare global {
  var flags: FlagsPage
  var changed: Promise<readonly string[]>
}

let site: Site
let shop: ShopPage
let browser: Browser

beforeAll(async () => {
  const script = await bundleScript(join(import.meta.dirname, 'site/flags-page.ts'))
  shop = await startShopPage({
    '/flags': () => scriptPage('/flags.js'),
    '/flags.js': () => script,
  })
  site = await startSite([shop.origin])
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  await shop?.stop()
  await site?.stop()
})

interface Start {
  readonly context: { readonly targetingKey?: string; readonly [name: string]: string | undefined }
  readonly key?: string
  readonly pollInterval?: number
}

/** Sets the provider as a page does; what came of it as text. */
const start = (page: Page, { context, key = OPEN_KEY, pollInterval = 0 }: Start): Promise<string> =>
  page.evaluate(
    async ({ context: given, baseUrl, apiKey, poll }) => {
      const { OpenFeature, OFREPWebProvider } = globalThis.flags
      const provider = new OFREPWebProvider({
        baseUrl,
        headers: [['X-API-Key', apiKey]],
        pollInterval: poll,
      })
      try {
        await OpenFeature.setProviderAndWait(provider as unknown as Provider, given as never)
        return 'ready'
      } catch (error) {
        return `${(error as { code?: string }).code}`
      }
    },
    { context, baseUrl: site.url, apiKey: key, poll: pollInterval },
  )

const object = (page: Page, flag: string) =>
  page.evaluate(
    (key) => globalThis.flags.OpenFeature.getClient().getObjectDetails(key, { own: true }),
    flag,
  )

async function open(given: Start): Promise<Visitor & { readonly statuses: number[] }> {
  const seen = await visitor(browser)
  const statuses: number[] = []
  seen.page.on('response', (response) => {
    if (response.url().startsWith(site.url)) statuses.push(response.status())
  })
  await seen.page.goto(`${shop.origin}/flags`)
  expect(await start(seen.page, given)).toBe('ready')
  return { ...seen, statuses }
}

const views = (anonymousId: string) =>
  site.post('/v1/batch', {
    batch: [1, 2, 3].map((n) => ({
      type: 'track',
      event: 'Product Viewed',
      messageId: `${anonymousId}-${n}`,
      anonymousId,
      properties: { category: 'knitwear' },
    })),
  })

describe('@openfeature/ofrep-web-provider', () => {
  it('reads every placement as the flag it is, and gets content and decisionId alone', async () => {
    await views('web-hana')
    const { page, errors, origins } = await open({
      context: { targetingKey: 'web-hana', locale: 'ja-JP' },
    })
    expect(await object(page, 'hero')).toMatchObject({
      value: { title: 'あたたかいニット', body: { html: '<b>now</b>' } },
      reason: 'TARGETING_MATCH',
      flagMetadata: { decisionId: expect.stringMatching(/^d1/) },
    })
    const others = await page.evaluate(() => {
      const client = globalThis.flags.OpenFeature.getClient()
      return {
        color: client.getStringDetails('color', 'none'),
        rows: client.getNumberValue('rows', 0),
        cart: client.getBooleanValue('new-cart', true),
        shelf: client.getObjectValue('shelf', []),
        halves: client.getObjectDetails('halves', {}),
        quiet: client.getObjectDetails('quiet', { own: true }),
      }
    })
    expect(others).toMatchObject({
      color: { value: '藍', reason: 'STATIC' },
      rows: 3,
      cart: false,
      shelf: [{ content: { title: 'L' } }, { content: { title: 'R' } }],
      halves: { reason: 'SPLIT' },
      quiet: { value: { own: true }, reason: 'DEFAULT' },
    })
    const told = await page.evaluate(() => JSON.stringify(localStorage))
    for (const secret of ['knit-policy', 'knit-lover', 'action', 'halves-policy', 'letter']) {
      expect(told).not.toContain(secret)
    }
    expect(errors).toEqual([])
    expect(origins()).toEqual([shop.origin, site.url].sort())
  })

  it('asks anew when the context changes', async () => {
    const { page } = await open({ context: { targetingKey: 'web-jiro' } })
    const title = async () => ((await object(page, 'hero')).value as { title: string }).title
    expect(await title()).toBe('いらっしゃいませ')
    const change = (context: Record<string, string>) =>
      page.evaluate((to) => globalThis.flags.OpenFeature.setContext(to), context)
    // The provider shows what it kept for this key until the answer is there.
    await change({ targetingKey: 'web-jiro', season: 'winter' })
    await expect.poll(title).toBe('冬')
    await views('web-saburo')
    await change({ targetingKey: 'web-saburo' })
    await expect.poll(title).toBe('Warm knits')
  })

  it('shows what it kept, and is told 304 while that holds', async () => {
    const context = { targetingKey: 'web-shiro' }
    const { page, statuses } = await open({ context })
    const before = await object(page, 'hero')
    await page.reload()
    statuses.length = 0
    expect(await start(page, { context })).toBe('ready')
    expect((await object(page, 'hero')).reason).toBe('CACHED')
    await expect.poll(() => statuses.filter((status) => status !== 204)).toEqual([304])
    expect((await object(page, 'hero')).flagMetadata).toEqual(before.flagMetadata)
  })

  it('hears of what changed by polling', async () => {
    const { page } = await open({ context: { targetingKey: 'web-goro' }, pollInterval: 100 })
    await page.evaluate(() => {
      const { OpenFeature, ProviderEvents } = globalThis.flags
      globalThis.changed = new Promise((resolve) => {
        OpenFeature.getClient().addHandler(ProviderEvents.ConfigurationChanged, (details) =>
          resolve(details?.flagsChanged ?? []),
        )
      })
    })
    await views('web-goro')
    expect(await page.evaluate(() => globalThis.changed)).toContain('hero')
    expect((await object(page, 'hero')).value).toMatchObject({ title: 'Warm knits' })
  })

  it('reports an exposure with the decisionId, for the device it was asked for', async () => {
    await views('web-rokuro')
    const { page } = await open({ context: { targetingKey: 'web-rokuro' } })
    const { flagMetadata } = await object(page, 'hero')
    const report = (anonymousId: string) =>
      page.evaluate(
        async ({ url, writeKey, who, decisionId }) => {
          const response = await fetch(`${url}/v1/track`, {
            method: 'POST',
            body: JSON.stringify({
              writeKey,
              anonymousId: who,
              event: '$impression',
              properties: { decisionId },
            }),
          })
          return response.status
        },
        {
          url: site.url,
          writeKey: OPEN_KEY,
          who: anonymousId,
          decisionId: flagMetadata['decisionId'],
        },
      )
    expect(await report('web-other')).toBe(400)
    expect(await report('web-rokuro')).toBe(200)
    const { exposures } = (await site.profile('anonymous_id', 'web-rokuro')).body
    expect(exposures['impression:action:knit'].recent).toHaveLength(1)
  })

  it('keeps the code’s own default for an unknown flag and for another type', async () => {
    const { page } = await open({ context: { targetingKey: 'web-nana' } })
    expect(await object(page, 'letter')).toMatchObject({
      value: { own: true },
      errorCode: 'FLAG_NOT_FOUND',
    })
    expect(await object(page, 'color')).toMatchObject({
      value: { own: true },
      errorCode: 'TYPE_MISMATCH',
    })
  })

  it.each([
    ['nobody', { context: {} }, 'GENERAL'],
    ['a wrong key', { context: { targetingKey: 'a' }, key: 'wk_wrong' }, 'PROVIDER_FATAL'],
    // Of a source that does not name this origin.
    [
      'another source’s key',
      { context: { targetingKey: 'a' }, key: 'wk_server' },
      'PROVIDER_FATAL',
    ],
  ])('says so when it is not ready: %s', async (_, given, code) => {
    const { page } = await visitor(browser)
    await page.goto(`${shop.origin}/flags`)
    expect(await start(page, given)).toBe(code)
  })
})
