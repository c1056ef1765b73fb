/** A page is calm: a strict policy holds, nothing flickers, nothing moves. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { says } from './actions.ts'
import { visitor } from './visitor.ts'
import { HASTY_MS, startWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(async () => world?.end())

/** In the page: notes each title that was visible in some frame, and how far content moved. */
function keepWatch(): void {
  const noted = { titles: [] as string[], shift: 0 }
  Object.assign(window, { noted })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[]) {
      noted.shift += entry.value
    }
  }).observe({ type: 'layout-shift', buffered: true })
  const look = (): void => {
    const title = document.querySelector('.hero-title')
    if (title !== null && getComputedStyle(title).visibility === 'visible') {
      const text = title.textContent ?? ''
      if (noted.titles.at(-1) !== text) noted.titles.push(text)
    }
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}

const notes = async (page: Page): Promise<{ titles: string[]; shift: number }> =>
  page.evaluate(() => (window as unknown as { noted: { titles: string[]; shift: number } }).noted)

const OWN = 'Made slowly, worn for years'
const WELCOMES = [says('hero-welcome-story', 'title'), says('hero-welcome-gift', 'title')]

describe('flicker', () => {
  test('an answer within the budget is the first thing shown', async () => {
    const me = await visitor(world)
    await me.page.addInitScript(keepWatch)
    await me.open('/')
    await me.page.waitForTimeout(500)
    const { titles } = await notes(me.page)
    expect(titles).toHaveLength(1)
    expect(WELCOMES).toContain(titles[0])
    await me.leave()
  })

  test('after the budget the shop’s own banner shows, and a late answer does not replace it', async () => {
    const me = await visitor(world, { url: world.hastyShop.url })
    await me.page.addInitScript(keepWatch)
    await me.page.route('**/v1/decide', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, HASTY_MS * 5))
      // The page has given up the question by then.
      await route.continue().catch(() => undefined)
    })
    await me.page.goto(world.hastyShop.url)
    await expect.poll(async () => (await notes(me.page)).titles).toEqual([OWN])
    await me.page.waitForTimeout(HASTY_MS * 8)
    expect((await notes(me.page)).titles).toEqual([OWN])
    await me.leave()
  })

  test('a worker that is away costs the page nothing but its choice', async () => {
    const me = await visitor(world, { url: world.hastyShop.url })
    await me.page.addInitScript(keepWatch)
    await me.page.route(`${world.worker.url}/**`, async (route) => route.abort())
    await me.page.goto(`${world.hastyShop.url}/p/snow-yoke`)
    await me.page.waitForTimeout(HASTY_MS * 3)
    expect((await notes(me.page)).titles).toEqual([OWN])
    await me.leave()
  })
})

test('the watch notices a title that changes and content that moves', async () => {
  const me = await visitor(world)
  await me.page.addInitScript(keepWatch)
  await me.open('/')
  await expect.poll(async () => (await notes(me.page)).titles.length).toBe(1)
  await me.page.evaluate(() => {
    document.querySelector('.hero-title')?.replaceChildren('Another')
    const banner = document.createElement('div')
    banner.innerText = 'late'
    banner.attributeStyleMap.set('height', CSS.px(200))
    document.body.prepend(banner)
  })
  await expect.poll(async () => (await notes(me.page)).shift).toBeGreaterThan(0.01)
  await expect.poll(async () => (await notes(me.page)).titles.length).toBe(2)
  await me.leave()
})

describe('layout', () => {
  const SIZES = {
    desktop: { width: 1280, height: 860 },
    phone: { width: 390, height: 844 },
  }
  for (const [name, viewport] of Object.entries(SIZES)) {
    for (const locale of ['en-US', 'ja-JP']) {
      test(`nothing moves when content changes: ${name}, ${locale}`, async () => {
        const me = await visitor(world, { viewport, locale })
        await me.page.addInitScript(keepWatch)
        for (const path of ['/', '/c/knitwear', '/c/bags', '/p/snow-yoke']) {
          await me.open(path)
          await me.page.waitForTimeout(300)
          expect((await notes(me.page)).shift, path).toBeLessThan(0.001)
          const beyond = await me.page.evaluate(() => {
            const { scrollWidth, clientWidth } = document.documentElement
            return scrollWidth - clientWidth
          })
          expect(beyond, `${path} scrolls sideways`).toBe(0)
        }
        await me.leave()
      })
    }
  }
})

describe('policy', () => {
  test('the shop’s strict policy holds through a whole visit', async () => {
    const me = await visitor(world)
    for (const path of ['/', '/c/scarves', '/p/linen-stole', '/account']) {
      await me.open(path)
      const header = (await me.page.reload())?.headers()['content-security-policy'] ?? ''
      expect(header).toContain("default-src 'none'")
      expect(header).toMatch(/script-src 'nonce-[\w+/=]{20,}'/)
      expect(header).not.toContain('unsafe')
    }
    expect(me.complaints).toEqual([])

    // And would be noticed if it did not: a script without the nonce is stopped.
    await me.page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'window.slippedIn = true'
      document.body.append(script)
    })
    await expect.poll(() => me.complaints.join()).toContain('policy: script-src')
    expect(await me.page.evaluate(() => 'slippedIn' in window)).toBe(false)
    await me.leave()
  })

  test('the script is pinned: another one of the same name does not run', async () => {
    const me = await visitor(world, { url: world.hastyShop.url })
    await me.page.route('**/sdk/tsugi.js', async (route) =>
      route.fulfill({
        contentType: 'text/javascript',
        headers: { 'access-control-allow-origin': '*' },
        body: 'window.slippedIn = true',
      }),
    )
    await me.page.goto(world.hastyShop.url)
    await expect.poll(() => me.complaints.join()).toContain('integrity')
    expect(await me.page.evaluate(() => 'slippedIn' in window)).toBe(false)
    await me.leave()
  })
})
