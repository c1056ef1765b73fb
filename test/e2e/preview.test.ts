/** A preview link in the demo: the real cookie, the shop's own strict policy, nothing that counts. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runTsugi } from '../cli/tsugi.ts'
import { says } from './actions.ts'
import { visitor, type Visitor } from './visitor.ts'
import { startWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(async () => world?.end())

/** As an operator makes it. */
async function makeLink(...args: string[]): Promise<URL> {
  const { out, err, code } = await runTsugi([
    'preview-link',
    ...['--url', world.worker.url, '--token', 'an-admin-token-for-tests'],
    ...['--page', `${world.shop.url}/?from=mail`, ...args],
  ])
  if (code !== 0) throw new Error(err)
  return new URL(out.trim())
}

const badge = async ({ page }: Visitor): Promise<string | null> =>
  page.evaluate(
    () => document.querySelector('tsugi-preview')?.shadowRoot?.textContent?.trim() ?? null,
  )
const opens = (me: Visitor, { pathname, search }: URL): Promise<void> => me.open(pathname + search)

test('shows one browser an action, page after page, until its badge ends it', async () => {
  const me = await visitor(world)
  await me.open('/')
  const own = await me.hero()
  await opens(me, await makeLink('--action', 'hero-order-book'))
  expect(await me.hero()).toBe(says('hero-order-book', 'title'))
  expect(me.page.url()).toBe(`${world.shop.url}/?from=mail`)
  await expect.poll(() => badge(me)).toContain('Nothing you do here counts')
  const [cookie] = (await me.page.context().cookies()).filter(
    ({ name }) => name === 'tsugi_preview',
  )
  expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax' })

  await me.open('/c/bags')
  await expect.poll(() => badge(me)).toContain('Nothing you do here counts')
  // Each gets its click: neither lies over the other, on a phone either.
  for (const width of [1280, 390]) {
    await me.page.setViewportSize({ width, height: 860 })
    await me.page.click('#panel > summary', { trial: true })
    await me.page.locator('tsugi-preview button').click({ trial: true })
  }
  await me.goBy(async () => me.page.locator('tsugi-preview button').click())
  await me.open('/')
  expect(await me.hero()).toBe(own)
  expect(await badge(me)).toBeNull()
  await me.leave()
  expect(me.complaints).toEqual([])
})

test('shows what members of a segment see, and nobody becomes one', async () => {
  const me = await visitor(world, { locale: 'ja-JP' })
  await me.open('/')
  const id = await me.anonymousId()
  // What the first page still had to say may arrive while it is left; a view of knitwear may not.
  const known = async () => {
    const { events, traits, segments } = await world.ask<Record<string, unknown>>(
      `/v1/profiles/anonymous_id/${id}`,
    )
    return { events, traits, segments }
  }
  const before = await known()
  await opens(me, await makeLink('--segment', 'knitwear-lover'))
  expect(await me.hero()).toBe(says('hero-knit', 'title', 'ja'))
  await expect.poll(() => badge(me)).toContain('プレビュー中です')
  await me.open('/c/knitwear')
  await me.leave()
  expect(await known()).toEqual(before)
  expect(me.complaints).toEqual([])
})

test('opens in one browser; another is told so and sees its own page', async () => {
  const link = await makeLink('--action', 'hero-order-book')
  const first = await visitor(world)
  await opens(first, link)
  expect(await first.hero()).toBe(says('hero-order-book', 'title'))
  await opens(first, link)
  expect(await first.hero()).toBe(says('hero-order-book', 'title'))
  await first.leave()
  const second = await visitor(world)
  await opens(second, link)
  expect(await second.hero()).not.toBe(says('hero-order-book', 'title'))
  await expect.poll(() => badge(second)).toContain('it was used already')
  await second.leave()
})

test('is refused by the command when nothing can be shown by it', async () => {
  await expect(makeLink('--action', 'no-such-action')).rejects.toThrow(/no action "no-such-action"/)
  await expect(makeLink()).rejects.toThrow(/an action, an arm, segments, or a moment/)
})
