import type { BrowserContext, Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { WRITE_KEY, eventually, sleep, useStage } from './support/stage.ts'

const stage = useStage()
const { server } = stage

const BOX = '<div data-tsugi-placement="hero"><b data-tsugi-text="t">own</b></div>'
const NEW = { hero: [{ decisionId: 'd1', content: { t: 'new' } }] }

const device = (page: Page) =>
  page.evaluate(() => Object.fromEntries(Object.entries(localStorage)) as Record<string, string>)
const cookies = async (context: BrowserContext) => (await context.cookies()).length
/** Longer than the flush takes, and then some. */
const quiet = () => sleep(250)

describe('pending', () => {
  test('nothing is sent, asked or stored before the choice; the page shows its own content', async () => {
    server.items = NEW
    stage.serve('/', { body: BOX, load: { consent: 'pending' } })
    const page = await stage.open()
    await page.evaluate(() => {
      window.tsugi.track('Held')
      window.tsugi.identify('u1')
    })
    await quiet()
    expect(
      await page.evaluate(() => getComputedStyle(document.querySelector('b')!).visibility),
    ).toBe('visible')
    expect(await page.evaluate(() => window.tsugi.decide('hero'))).toEqual({
      decisions: {},
      degraded: true,
    })
    await page.evaluate(() => dispatchEvent(new Event('pagehide')))
    await quiet()
    expect(server.arrivals).toHaveLength(0)
    expect(await device(page)).toEqual({})
    expect(await cookies(stage.context)).toBe(0)
    expect(await page.textContent('b')).toBe('own')
  })

  test('granted: what was held is sent, with the decision, in one request', async () => {
    server.items = NEW
    stage.serve('/', { body: BOX, load: { consent: 'pending' } })
    const page = await stage.open()
    await page.evaluate(() => window.tsugi.track('Held'))
    await quiet()
    await page.evaluate(() => window.tsugi.consent({ analytics: true, personalization: true }))
    await eventually(() => page.textContent('b')).toBe('new')
    expect(server.arrivals).toHaveLength(1)
    expect(server.arrivals[0]?.events).toMatchObject([
      { type: 'page' },
      { event: 'Held' },
      {
        type: 'track',
        event: '$consent',
        properties: { analytics: true, personalization: true },
      },
    ])
    const anonymous = new Set(server.events.map(({ anonymousId }) => anonymousId))
    expect(anonymous.size).toBe(1)
    expect(Object.keys(await device(page))).toEqual([`tsugi:${WRITE_KEY}`])
  })

  test('the choice is remembered: the next page need not ask', async () => {
    server.items = NEW
    stage.serve('/', { body: BOX, load: { consent: 'pending' } })
    const page = await stage.open()
    await page.evaluate(() => window.tsugi.consent({ analytics: true, personalization: true }))
    await stage.arrived('$consent')
    await page.reload()
    await stage.arrived('page', 2)
    await eventually(() => page.textContent('b')).toBe('new')
    expect(new Set(server.events.map(({ anonymousId }) => anonymousId)).size).toBe(1)
  })

  test('analytics without personalization: events, but no decision', async () => {
    server.items = NEW
    stage.serve('/', { body: BOX, load: { consent: 'pending' } })
    const page = await stage.open()
    await page.evaluate(() => window.tsugi.consent({ analytics: true }))
    await stage.arrived('$consent')
    await stage.arrived('page')
    await page.evaluate(() => history.pushState({}, '', '/two'))
    await stage.arrived('page', 2)
    expect(server.questions).toHaveLength(0)
    expect(await page.textContent('b')).toBe('own')
  })

  test('personalization without analytics: a decision, but no events', async () => {
    server.items = NEW
    stage.serve('/', { body: BOX, load: { consent: 'pending' } })
    const page = await stage.open()
    await page.evaluate(() => {
      window.tsugi.track('Held')
      window.tsugi.consent({ analytics: false, personalization: true })
    })
    await eventually(() => page.textContent('b')).toBe('new')
    await page.evaluate(() => window.tsugi.track('Later'))
    await sleep(1300)
    expect(server.events.map(({ event, type }) => event ?? type)).toEqual(['$consent'])
  })

  test('denied: what was held is dropped, nothing is sent, only the choice is kept', async () => {
    server.items = NEW
    stage.serve('/', { body: BOX, load: { consent: 'pending' } })
    const page = await stage.open()
    await page.evaluate(() => {
      window.tsugi.track('Held')
      window.tsugi.consent({ analytics: false, personalization: false })
      window.tsugi.track('Later')
    })
    await quiet()
    await page.reload()
    await quiet()
    await page.evaluate(() => history.pushState({}, '', '/two'))
    await quiet()
    expect(server.arrivals).toHaveLength(0)
    expect(await device(page)).toEqual({
      [`tsugi:${WRITE_KEY}`]: JSON.stringify({
        consent: { analytics: false, personalization: false },
      }),
    })
  })

  test('a choice about something else leaves it pending', async () => {
    stage.serve('/', { load: { consent: 'pending' } })
    const page = await stage.open()
    await page.evaluate(() => window.tsugi.consent({ email: true }))
    await quiet()
    expect(server.arrivals).toHaveLength(0)
    await page.evaluate(() => window.tsugi.consent({ analytics: true }))
    await stage.arrived('$consent')
    expect(server.named('$consent')).toMatchObject([
      { properties: { email: true, analytics: true } },
    ])
  })
})

describe('withdrawal', () => {
  test('the worker learns of it, then hears no more, and the ids leave the device', async () => {
    stage.serve('/')
    const page = await stage.open()
    await stage.arrived('page')
    const [first] = server.events
    await page.evaluate(() => {
      window.tsugi.consent({ analytics: false, personalization: false })
      window.tsugi.track('After')
    })
    await stage.arrived('$consent')
    expect(server.named('$consent')).toMatchObject([
      {
        anonymousId: first?.anonymousId,
        properties: { analytics: false, personalization: false },
      },
    ])
    await eventually(() => device(page)).toEqual({
      [`tsugi:${WRITE_KEY}`]: JSON.stringify({
        consent: { analytics: false, personalization: false },
      }),
    })
    await page.reload()
    await quiet()
    expect(server.named('After')).toHaveLength(0)
    expect(server.named('page')).toHaveLength(1)
  })

  test('it arrives though the network was away', async () => {
    stage.serve('/')
    const page = await stage.open()
    await stage.arrived('page')
    server.down = true
    await page.evaluate(() => window.tsugi.consent({ analytics: false, personalization: false }))
    await quiet()
    await page.reload()
    server.down = false
    await page.evaluate(() => dispatchEvent(new Event('online')))
    await stage.arrived('$consent')
  })

  test('without consent to storage nothing is kept, and events still go', async () => {
    stage.serve('/')
    const page = await stage.open()
    await stage.arrived('page')
    await page.evaluate(() => window.tsugi.consent({ storage: false }))
    await stage.arrived('$consent')
    await page.evaluate(() => window.tsugi.track('Kept nowhere'))
    expect(await device(page)).toEqual({
      [`tsugi:${WRITE_KEY}`]: JSON.stringify({ consent: { storage: false } }),
    })
    await stage.arrived('Kept nowhere')
    // The very request that tells of it has the worker's cookie deleted.
    const told = (name: string) =>
      server.arrivals.find(({ events }) =>
        events.some(({ event, type }) => (event ?? type) === name),
      )?.body
    expect(told('page')).toMatchObject({ device: expect.stringMatching(/fresh|kept/) })
    expect(told('$consent')).toMatchObject({ device: 'none' })
    expect(told('Kept nowhere')).toMatchObject({ device: 'none' })
    expect(told('Kept nowhere')).not.toHaveProperty('anonymousId')
  })
})

describe('Global Privacy Control', () => {
  const open = async (path = '/') => {
    const page = await stage.context.newPage()
    await page.addInitScript(() => {
      Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true })
    })
    await page.goto(server.site + path)
    return page
  }

  test('goes along with every event and question, and is a denial of sale or sharing', async () => {
    stage.serve('/', { body: BOX })
    const page = await open()
    await stage.arrived('$consent')
    await stage.arrived('page')
    expect(server.named('$consent')).toMatchObject([{ properties: { sale_or_sharing: false } }])
    expect(server.events.every(({ context }) => context?.['gpc'] === true)).toBe(true)
    expect(server.questions[0]?.context?.['gpc']).toBe(true)
    await page.reload()
    await stage.arrived('page', 2)
    expect(server.named('$consent'), 'told once').toHaveLength(1)
  })

  test('outweighs what was clicked', async () => {
    stage.serve('/', { load: { consent: 'pending' } })
    const page = await open()
    await page.evaluate(() => window.tsugi.consent({ analytics: true, sale_or_sharing: true }))
    await stage.arrived('$consent')
    expect(server.named('$consent')).toMatchObject([
      { properties: { analytics: true, sale_or_sharing: false } },
    ])
  })

  test('is not told for somebody who may not be known', async () => {
    stage.serve('/', { load: { consent: 'pending' } })
    const page = await open()
    await page.evaluate(() => window.tsugi.consent({ analytics: false, personalization: false }))
    await page.reload()
    await quiet()
    expect(server.arrivals).toHaveLength(0)
  })

  test('without the signal nothing is claimed', async () => {
    stage.serve('/')
    await stage.open()
    await stage.arrived('page')
    expect(server.events[0]?.context).not.toHaveProperty('gpc')
    expect(server.named('$consent')).toHaveLength(0)
  })
})
