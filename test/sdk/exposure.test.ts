import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { eventually, sleep, useStage } from './support/stage.ts'

const stage = useStage()
const { server } = stage

/** The fold is at 600 pixels. */
const box = (top: number, inner = '<b data-tsugi-text="t">own</b>', height = 200): string =>
  `<style>body{margin:0;height:5000px}</style>
   <div data-tsugi-placement="hero" style="position:absolute;top:${top}px;width:400px;height:${height}px">${inner}</div>`

const decided = (decisionId = 'd1') => ({
  hero: [{ decisionId, content: { t: 'new', url: '/to' } }],
})

const showsNew = (page: Page) => eventually(() => page.textContent('b')).toBe('new')

/** Where the clock stands: to whatever is due soon. */
const showsNewInSteps = (page: Page) =>
  eventually(async () => {
    await page.clock.runFor(1)
    return page.textContent('b')
  }).toBe('new')

/** Resolves when the browser has told it to all that had asked before. */
const isInView = (page: Page, wanted: boolean) =>
  page.evaluate(
    (expected) =>
      new Promise<void>((resolve) => {
        const observer = new IntersectionObserver(
          (entries) => {
            if ((entries.at(-1)?.intersectionRatio ?? 0) >= 0.5 !== expected) return
            observer.disconnect()
            resolve()
          },
          { threshold: 0.5 },
        )
        observer.observe(document.querySelector('[data-tsugi-placement]')!)
      }),
    wanted,
  )

/** Impressions that the page has told, sent or not. */
const tracked = (page: Page) =>
  page.evaluate(() => (window as { impressions?: number }).impressions)

const setHidden = (page: Page, hidden: boolean) =>
  page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { value, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }, hidden)

const happenedMs = (name: string): number =>
  Date.parse(String(server.named(name)[0]?.originalTimestamp))

describe('impression', () => {
  test('after one second in view, once', async () => {
    server.items = decided()
    stage.serve('/', { body: box(0) })
    const page = await stage.open()
    await showsNew(page)
    await stage.arrived('$impression')
    // By the browser's own clock: the page was there before its decision was.
    expect(happenedMs('$impression') - happenedMs('page')).toBeGreaterThanOrEqual(1000)
    expect(server.named('$impression')).toMatchObject([
      { type: 'track', event: '$impression', properties: { decisionId: 'd1' } },
    ])
    await page.evaluate(() => scrollTo(0, 2000))
    await sleep(100)
    await page.evaluate(() => scrollTo(0, 0))
    await sleep(1300)
    expect(server.named('$impression')).toHaveLength(1)
  })

  test('less than half the pixels is no impression; half is', async () => {
    server.items = decided()
    stage.serve('/', { body: box(510) })
    const page = await stage.open()
    await showsNew(page)
    await sleep(1300)
    expect(server.named('$impression')).toHaveLength(0)
    await page.evaluate(() => scrollTo(0, 20))
    await stage.arrived('$impression')
  })

  test('the second must be without a break', async () => {
    server.items = decided()
    stage.serve('/', { body: box(0) })
    const page = await stage.openStopped()
    await page.evaluate(() => {
      const own = Object.assign(window, { impressions: 0 })
      window.tsugi.on('event', ({ event }) => {
        if (event === '$impression') own.impressions++
      })
    })
    await showsNewInSteps(page)
    await isInView(page, true)
    for (let n = 0; n < 3; n++) {
      await page.clock.runFor(900)
      await page.evaluate(() => scrollTo(0, 2000))
      await isInView(page, false)
      await page.evaluate(() => scrollTo(0, 0))
      await isInView(page, true)
    }
    await page.clock.runFor(900)
    expect(await tracked(page)).toBe(0)
    await page.clock.runFor(100)
    expect(await tracked(page)).toBe(1)
  })

  test('a hidden document sees nothing, and starts anew when it is shown', async () => {
    server.items = decided()
    stage.serve('/', { body: box(0) })
    const page = await stage.open()
    await showsNew(page)
    await setHidden(page, true)
    await sleep(1300)
    expect(server.named('$impression')).toHaveLength(0)
    const startMs = Date.now()
    await setHidden(page, false)
    await stage.arrived('$impression')
    expect(happenedMs('$impression') - startMs).toBeGreaterThanOrEqual(1000)
  })

  test('what CSS hides within the viewport is not seen until it shows', async () => {
    server.items = decided()
    stage.serve('/', { body: `<section style="opacity:0">${box(0)}</section>` })
    const page = await stage.open()
    await showsNew(page)
    await sleep(1300)
    expect(server.named('$impression')).toHaveLength(0)
    await page.evaluate(() => document.querySelector('section')!.removeAttribute('style'))
    await stage.arrived('$impression')
  })

  test('the page’s own content, and an empty element, are no impression', async () => {
    server.items = { nothing: [], empty: [{ decisionId: 'd2', content: {} }] }
    stage.serve('/', {
      body: `<p data-tsugi-placement="nothing">own</p><div data-tsugi-placement="empty"></div>`,
    })
    const page = await stage.open()
    await stage.arrived('page')
    await sleep(1300)
    await page.evaluate(() => window.tsugi.track('End'))
    await stage.arrived('End')
    expect(server.named('$impression')).toHaveLength(0)
  })

  test('the page’s own content is one where an experiment counts who would have seen ours', async () => {
    server.missed = { hero: 'd-control' }
    stage.serve('/', { body: box(0) })
    const page = await stage.open()
    await stage.arrived('$impression')
    expect(await page.textContent('b')).toBe('own')
    expect(server.named('$impression')).toMatchObject([{ properties: { decisionId: 'd-control' } }])
    // Asked again by somebody else of whom nothing is counted, it is not told once more.
    server.missed = {}
    await page.evaluate(() => window.tsugi.decide('hero'))
    await sleep(1300)
    expect(server.named('$impression')).toHaveLength(1)
  })

  test('each item of a list by itself', async () => {
    server.items = {
      list: ['a', 'b', 'c'].map((t) => ({ decisionId: `d-${t}`, content: { t } })),
    }
    stage.serve('/', {
      body: `<div data-tsugi-placement="list"><template data-tsugi-item>
        <b data-tsugi-text="t" style="display:block;height:280px"></b></template></div>`,
    })
    await stage.open()
    await stage.arrived('$impression', 2)
    const seen = server.named('$impression').map(({ properties }) => properties?.['decisionId'])
    expect(new Set(seen)).toEqual(new Set(['d-a', 'd-b']))
  })

  test('a prerendered page does nothing until it is activated', async () => {
    server.items = decided()
    stage.serve('/', { body: box(0), load: { budgetMs: 1500 } })
    const page = await stage.openStopped('/', (opening) =>
      opening.addInitScript(() => {
        Object.defineProperty(document, 'prerendering', { value: true, configurable: true })
      }),
    )
    await page.evaluate(() => {
      window.tsugi.track('While prerendering')
    })
    await page.clock.runFor(1700)
    await sleep(100)
    expect(server.arrivals).toHaveLength(0)
    await page.evaluate(() => {
      Object.defineProperty(document, 'prerendering', { value: false })
      document.dispatchEvent(new Event('prerenderingchange'))
    })
    await showsNewInSteps(page)
    await isInView(page, true)
    await page.clock.resume()
    await stage.arrived('$impression')
    expect(happenedMs('$impression') - happenedMs('page')).toBeGreaterThan(950)
    await stage.arrived('While prerendering')
    expect(server.named('page')).toHaveLength(1)
  })
})

describe('click', () => {
  const INNER = `<b data-tsugi-text="t">own</b><span id="plain">plain</span>
    <button id="button"><i id="inner">press</i></button>
    <a id="link" data-tsugi-link="url" href="#own">go</a>
    <a id="dismiss" data-tsugi-dismiss href="#">close</a>`

  test('on a link or button within, not on the rest', async () => {
    server.items = decided()
    stage.serve('/', { body: box(0, INNER) })
    const page = await stage.open()
    await showsNew(page)
    await page.click('#plain')
    await page.click('#inner')
    await stage.arrived('$click')
    expect(server.named('$click')).toMatchObject([
      { type: 'track', properties: { decisionId: 'd1' } },
    ])
  })

  test('arrives though the link leads away', async () => {
    server.items = decided()
    stage.serve('/', { body: box(0, INNER), load: { flushMs: 60_000 } })
    server.pages['/to'] = { html: '<!doctype html>there' }
    const page = await stage.open()
    await showsNew(page)
    await page.click('#link')
    await page.waitForURL('**/to')
    await stage.arrived('$click')
  })

  test('the middle button counts, the right one does not', async () => {
    server.items = decided()
    stage.serve('/', { body: box(0, INNER) })
    stage.serve('/to')
    const page = await stage.open()
    await showsNew(page)
    await page.click('#button', { button: 'right' })
    await page.click('#button', { button: 'middle' })
    await stage.arrived('$click')
    await sleep(100)
    expect(server.named('$click')).toHaveLength(1)
  })

  test('a placement that is itself the link', async () => {
    server.items = decided()
    stage.serve('/', {
      body: '<a data-tsugi-placement="hero" data-tsugi-link="url" href="#"><b data-tsugi-text="t">own</b></a>',
    })
    const page = await stage.open()
    await showsNew(page)
    expect(await page.getAttribute('a', 'href')).toBe('/to')
    await page.evaluate(() => {
      document.querySelector('a')!.addEventListener('click', (event) => event.preventDefault())
    })
    await page.click('b')
    await stage.arrived('$click')
  })

  test('dismiss hides the placement, and is no click', async () => {
    server.items = decided()
    stage.serve('/', { body: box(0, INNER) })
    const page = await stage.open()
    await showsNew(page)
    await page.click('#dismiss')
    await stage.arrived('$dismiss')
    expect(server.named('$dismiss')).toMatchObject([{ properties: { decisionId: 'd1' } }])
    expect(await page.isVisible('b')).toBe(false)
    await sleep(1200)
    expect(server.named('$click')).toHaveLength(0)
    expect(server.named('$impression'), 'what is gone is not seen').toHaveLength(0)
    // A new decision is a new matter.
    server.items = decided('d2')
    await page.evaluate(() => history.pushState({}, '', '/again'))
    await eventually(() => page.isVisible('b')).toBe(true)
  })

  test('own content has no decision to click', async () => {
    stage.serve('/', { body: box(0, INNER) })
    const page = await stage.open()
    await stage.arrived('page')
    await page.click('#button')
    await page.evaluate(() => window.tsugi.track('End'))
    await stage.arrived('End')
    expect(server.named('$click')).toHaveLength(0)
  })
})
