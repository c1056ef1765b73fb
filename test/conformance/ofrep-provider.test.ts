/** OpenFeature's own provider for servers, unmodified: placements are flags. */
import { OFREPProvider } from '@openfeature/ofrep-provider'
import { OpenFeature, type Client } from '@openfeature/server-sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OPEN_KEY, SECRET_KEY } from './site/configuration.ts'
import { startFaultProxy, type FaultProxy } from './site/fault-proxy.ts'
import { startSite, type Site } from './site/site.ts'

let site: Site
let proxy: FaultProxy
let client: Client

/** A client of its own domain, with headers as the provider takes them. */
async function clientWith(
  domain: string,
  headers: Record<string, string>,
  baseUrl = site.url,
): Promise<Client> {
  await OpenFeature.setProviderAndWait(domain, new OFREPProvider({ baseUrl, headers }))
  return OpenFeature.getClient(domain)
}

beforeAll(async () => {
  site = await startSite()
  proxy = await startFaultProxy(site.url)
  client = await clientWith('server', { Authorization: `Bearer ${SECRET_KEY}` })
  await site.post('/v1/identify', {
    userId: 'of-taro',
    anonymousId: 'of-device',
    traits: { plan: 'pro', email: 'of-taro@example.com' },
  })
})
afterAll(async () => {
  await OpenFeature.close()
  await proxy?.stop()
  await site?.stop()
})

describe('@openfeature/ofrep-provider', () => {
  it.each([
    ['userId', { userId: 'of-taro' }],
    ['targetingKey user_id:…', { targetingKey: 'user_id:of-taro' }],
    ['targetingKey email:…', { targetingKey: 'email:of-taro@example.com' }],
    ['an anonymousId', { targetingKey: 'of-device' }],
  ])('reads an object for %s', async (_, context) => {
    expect(await client.getObjectDetails('hero', {}, context)).toMatchObject({
      value: { title: 'For pros' },
      variant: 'pro',
      reason: 'TARGETING_MATCH',
      flagMetadata: {
        action: 'pro',
        policy: 'pro-policy',
        decisionId: expect.stringMatching(/^d1/),
      },
    })
  })

  it('reads string, number, boolean, list and split', async () => {
    const taro = { userId: 'of-taro' }
    expect(await client.getStringDetails('color', 'none', taro)).toMatchObject({
      value: '藍',
      reason: 'STATIC',
    })
    expect(await client.getNumberValue('rows', 0, taro)).toBe(3)
    expect(await client.getBooleanValue('new-cart', false, taro)).toBe(true)
    const nobody = await client.getBooleanDetails('new-cart', true, { targetingKey: 'nobody' })
    expect(nobody).toMatchObject({ value: false, reason: 'DEFAULT', variant: 'cart-off' })
    expect(await client.getObjectValue('shelf', [], taro)).toMatchObject([
      { content: { title: 'L' }, action: 'left' },
      { content: { title: 'R' }, action: 'right' },
    ])
    const split = await client.getObjectDetails('halves', {}, taro)
    expect(split).toMatchObject({ reason: 'SPLIT', variant: expect.stringMatching(/^[lr]$/) })
    expect((await client.getObjectDetails('halves', {}, taro)).variant).toBe(split.variant)
  })

  it('sends the context of each call, and its locale chooses the language', async () => {
    const winter = { targetingKey: 'of-winter', season: 'winter' }
    expect(await client.getObjectValue('hero', {}, winter)).toEqual({ title: '冬' })
    expect(await client.getObjectValue('hero', {}, { ...winter, season: 'summer' })).toEqual({
      title: 'いらっしゃいませ',
    })
  })

  it('reads with X-API-Key as with a bearer', async () => {
    const keyed = await clientWith('keyed', { 'X-API-Key': SECRET_KEY })
    expect(await keyed.getNumberValue('rows', 0, { targetingKey: 'of-keyed' })).toBe(3)
    const page = await clientWith('page', { 'X-API-Key': OPEN_KEY })
    const details = await page.getObjectDetails('hero', {}, { targetingKey: 'of-device' })
    expect(details).toMatchObject({ value: { title: 'For pros' } })
    expect(details.variant).toBeUndefined()
    expect(Object.keys(details.flagMetadata)).toEqual(['decisionId'])
  })

  it('gives its decisionId back, which counts once and spends the cap', async () => {
    const targetingKey = 'of-knitter'
    const view = (n: number) => ({
      type: 'track',
      event: 'Product Viewed',
      messageId: `of-view-${n}`,
      anonymousId: targetingKey,
      properties: { category: 'knitwear' },
    })
    await site.post('/v1/batch', { batch: [view(1), view(2), view(3)] })
    const first = await client.getObjectDetails(
      'hero',
      {},
      { targetingKey, locale: 'ja-JP', plan: 'pro' },
    )
    expect(first.value).toEqual({ title: 'あたたかいニット', body: { html: '<b>now</b>' } })
    for (let again = 0; again < 3; again++) {
      await site.post('/v1/track', {
        anonymousId: targetingKey,
        event: '$impression',
        properties: { decisionId: first.flagMetadata['decisionId'] },
      })
    }
    const { exposures } = (await site.profile('anonymous_id', targetingKey)).body
    expect(exposures['impression:action:knit'].recent).toHaveLength(1)
    const second = await client.getObjectDetails('hero', {}, { targetingKey })
    expect(second).toMatchObject({ variant: 'welcome', reason: 'DEFAULT' })
  })

  it.each([
    ['an unknown flag', 'nowhere', { targetingKey: 'a' }, 'FLAG_NOT_FOUND'],
    ['a placement that is no flag', 'letter', { targetingKey: 'a' }, 'FLAG_NOT_FOUND'],
    ['nobody', 'hero', {}, 'TARGETING_KEY_MISSING'],
    ['a value for nobody', 'hero', { targetingKey: 'null' }, 'INVALID_CONTEXT'],
    ['a wrong type', 'color', { targetingKey: 'a' }, 'TYPE_MISMATCH'],
    // This version knows of no answer without a value.
    ['what shows nothing', 'quiet', { targetingKey: 'a' }, 'GENERAL'],
  ])('keeps the code’s own default for %s', async (_, key, context, errorCode) => {
    const own = { own: true }
    expect(await client.getObjectDetails(key, own, context)).toMatchObject({
      value: own,
      reason: 'ERROR',
      errorCode,
    })
  })

  it('keeps the code’s own default with a wrong key, or a worker that is down', async () => {
    const wrong = await clientWith('wrong', { Authorization: 'Bearer sk_wrong' })
    expect(await wrong.getNumberDetails('rows', 7, { targetingKey: 'a' })).toMatchObject({
      value: 7,
      reason: 'ERROR',
    })
    const far = await clientWith('far', { 'X-API-Key': SECRET_KEY }, proxy.url)
    proxy.plan('unavailable')
    expect((await far.getNumberDetails('rows', 7, { targetingKey: 'a' })).reason).toBe('ERROR')
    expect(await far.getNumberValue('rows', 7, { targetingKey: 'a' })).toBe(3)
  })
})
