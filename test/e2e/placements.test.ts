/** Who sees what: the language, the cart, an order, a campaign, a choice of privacy. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { says } from './actions.ts'
import { visitor, type Visitor } from './visitor.ts'
import { startWorld, type World } from './world.ts'

interface ProfileAnswer {
  readonly events: readonly { readonly event: string; readonly properties: { revenue?: number } }[]
}

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(async () => world?.end())

const profileOf = async (me: Visitor): Promise<ProfileAnswer> =>
  world.ask(`/v1/profiles/anonymous_id/${await me.anonymousId()}`)

const addToCart = async (me: Visitor, product: string): Promise<void> => {
  await me.open(`/p/${product}`)
  await me.goBy(async () => me.page.click('form[action="/cart/add"] button'))
}

test('a Japanese visitor reads Japanese, in the shop and in what Tsugi chose', async () => {
  const me = await visitor(world, { locale: 'ja-JP' })
  await me.open('/')
  expect(await me.page.getAttribute('html', 'lang')).toBe('ja')
  const welcomes = ['hero-welcome-story', 'hero-welcome-gift'].map((a) => says(a, 'title', 'ja'))
  expect(welcomes).toContain(await me.hero())
  expect(await me.page.textContent('.slot .eyebrow')).toBe(says('slot-measure', 'eyebrow', 'ja'))
  expect(await me.page.textContent('.slot-note ruby rt')).toBe('すんぽう')
  await me.leave()
  expect(me.complaints).toEqual([])
})

test('the language switch is remembered and changes what Tsugi shows', async () => {
  const me = await visitor(world)
  await me.open('/c/bags')
  expect(await me.page.textContent('.slot .eyebrow')).toBe(says('slot-measure', 'eyebrow'))
  await me.goBy(async () => me.page.click('.tools a[hreflang=ja]'))
  expect(new URL(me.page.url()).pathname).toBe('/c/bags')
  expect(await me.page.textContent('.slot .eyebrow')).toBe(says('slot-measure', 'eyebrow', 'ja'))
  await me.open('/c/shirts')
  expect(await me.page.textContent('h1')).toBe('シャツ')
  await me.leave()
  expect(me.complaints).toEqual([])
})

test('a cart left behind is kept, until it is ordered; the order makes a regular', async () => {
  const me = await visitor(world)
  await me.open('/')
  const own = await me.nudge()
  await addToCart(me, 'snow-yoke')
  expect(await me.nudge()).toBe(says('nudge-waiting', 'message'))
  await addToCart(me, 'kasuri-shirt')
  await me.open('/')
  expect(await me.nudge()).toBe(says('nudge-waiting', 'message'))
  expect(own).not.toBe(says('nudge-waiting', 'message'))

  await me.page.goto(`${world.shop.url}/checkout`)
  await me.page.fill('#name', 'Aoi')
  await me.page.fill('#email', 'aoi@example.com')
  await me.goBy(async () => me.page.click('form[action="/checkout"] button'))
  expect(new URL(me.page.url()).pathname).toMatch(/^\/thank-you\/IN-/)
  expect(await me.nudge()).toBe(says('nudge-express', 'message'))
  await me.goBy(async () => me.page.reload())
  await me.open('/')
  expect(await me.hero()).toBe(says('hero-order-book', 'title'))
  expect(await me.page.textContent('.slot .eyebrow')).toBe(says('slot-fitting', 'eyebrow'))

  const orders = (await profileOf(me)).events.filter(({ event }) => event === 'Order Completed')
  expect(orders.map(({ properties }) => properties.revenue)).toEqual([37_400])
  await me.leave()
  expect(me.complaints).toEqual([])
})

test('a campaign visitor sees the campaign on every page of the visit, three times at most', async () => {
  const me = await visitor(world)
  const title = says('hero-market', 'title')
  const landing = '/?utm_source=kiryu&utm_medium=poster&utm_campaign=ito-ichi'
  for (const path of [landing, '/c/bags', '/p/azuma-bag']) {
    const counted = me.page.waitForResponse(
      (response) =>
        response.url().endsWith('/v1/batch') &&
        response.ok() &&
        (response.request().postData()?.includes('$impression') ?? false),
    )
    await me.open(path)
    expect(await me.hero()).toBe(title)
    expect(await me.nudge()).toBe(says('nudge-market', 'message'))
    await counted
  }
  await me.open('/c/shirts')
  expect(await me.hero()).not.toBe(title)
  expect(await me.nudge()).toBe(says('nudge-market', 'message'))
  await me.leave()
  expect(me.complaints).toEqual([])
})

test('a campaign of another medium is not meant', async () => {
  const me = await visitor(world)
  await me.open('/?utm_source=kiryu&utm_medium=cpc&utm_campaign=ito-ichi')
  expect(await me.hero()).not.toBe(says('hero-market', 'title'))
  await me.leave()
})

test('who turns personalization off sees the shop as it is', async () => {
  const me = await visitor(world)
  await me.open('/c/bags')
  const personal = await me.hero()
  await me.page.click('#panel > summary')
  await me.page.click('.footer button')
  await me.page.waitForLoadState('load')
  const own = await me.hero()
  expect(own).not.toBe(personal)
  // Without another page: the panel asks again once the choice has arrived.
  const why = me.page.locator('[data-placement=hero]')
  await expect.poll(async () => why.textContent()).toContain('turned personalization off')
  await me.page.goto(`${world.shop.url}/c/shirts`)
  await me.page.waitForTimeout(1000)
  expect(await me.hero()).toBe(own)
  expect(await me.page.isVisible('.hero')).toBe(true)
  await me.goBy(async () => me.page.click('.footer button'))
  await me.open('/c/bags')
  expect(await me.hero()).toBe(personal)
  await me.leave()
  expect(me.complaints).toEqual([])
})

test('the panel tells a marketer why, in the language of the page', async () => {
  const me = await visitor(world)
  for (const id of ['cable-pullover', 'snow-yoke', 'moss-vest']) await me.open(`/p/${id}`)
  await me.page.click('#panel > summary')
  const why = me.page.locator('[data-placement=hero]')
  await expect.poll(async () => why.textContent()).toContain('Knitwear lovers see the atelier')
  expect(await me.page.getAttribute('[data-segment=knitwear-lover]', 'data-in')).toBe('true')
  expect(await me.page.getAttribute('[data-segment=high-value]', 'data-in')).toBe('false')
  expect(await me.page.textContent('#panel-body')).toContain('Looked at a product · Knitwear ×3')
  await me.open('/?lang=ja')
  await expect.poll(async () => why.textContent()).toContain('ニット好きに編み場を見せる')
  await me.leave()
  expect(me.complaints).toEqual([])
})
