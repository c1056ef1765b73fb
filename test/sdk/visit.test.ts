import { describe, expect, test } from 'vitest'
import { WRITE_KEY, eventually, sleep, useStage } from './support/stage.ts'

const stage = useStage()
const { server } = stage

const BOX = '<div data-tsugi-placement="hero"><b data-tsugi-text="t">own</b></div>'
const hero = (t: string, decisionId: string) => ({ hero: [{ decisionId, content: { t } }] })
const track = (page: import('playwright-core').Page, event: string) =>
  page.evaluate((name) => window.tsugi.track(name), event)

describe('single-page navigation', () => {
  test('pushState, replaceState and back make a page event and a new decision each', async () => {
    server.items = hero('one', 'd1')
    stage.serve('/', { body: BOX })
    const page = await stage.open()
    await eventually(() => page.textContent('b')).toBe('one')
    server.items = hero('two', 'd2')
    await page.evaluate(() => {
      history.pushState({}, '', '/two?x=1')
      document.title = 'Two'
    })
    await eventually(() => page.textContent('b')).toBe('two')
    server.items = hero('three', 'd3')
    await page.evaluate(() => history.replaceState({}, '', '/three'))
    await eventually(() => page.textContent('b')).toBe('three')
    server.items = hero('one again', 'd4')
    await page.evaluate(() => history.back())
    await eventually(() => page.textContent('b')).toBe('one again')
    await stage.arrived('page', 4)
    expect(server.questions).toHaveLength(4)
    const { site } = server
    expect(server.named('page').map(({ properties }) => properties)).toMatchObject([
      { path: '/', referrer: '' },
      { path: '/two', search: '?x=1', title: 'Two', referrer: `${site}/` },
      { path: '/three', referrer: `${site}/two?x=1` },
      { path: '/', url: `${site}/`, referrer: `${site}/three` },
    ])
  })

  test('state, the same address and fragments are no navigation; a hash route is', async () => {
    stage.serve('/')
    const page = await stage.open()
    await stage.arrived('page')
    await page.evaluate(() => {
      history.replaceState({ scroll: 10 }, '')
      history.pushState({}, '', location.href)
      location.hash = 'reviews'
    })
    await sleep(150)
    await page.evaluate(() => {
      location.hash = '#/cart'
    })
    await stage.arrived('page', 2)
    await sleep(100)
    expect(server.named('page')).toHaveLength(2)
  })

  test('a page out of the back/forward cache is a page again', async () => {
    stage.serve('/')
    const page = await stage.open()
    await stage.arrived('page')
    await page.evaluate(() => {
      dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }))
      dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
    })
    await stage.arrived('page', 2)
  })

  test('a redirect within one step is one page', async () => {
    stage.serve('/')
    const page = await stage.open()
    await stage.arrived('page')
    await page.evaluate(() => {
      history.pushState({}, '', '/login')
      history.replaceState({}, '', '/home')
    })
    await stage.arrived('page', 2)
    await sleep(100)
    expect(server.named('page').map(({ properties }) => properties?.['path'])).toEqual([
      '/',
      '/home',
    ])
  })

  test('an answer for the page before is not shown on the next one', async () => {
    const release = server.hold()
    server.items = hero('late', 'd1')
    stage.serve('/', { body: BOX })
    const page = await stage.open()
    await eventually(() => server.questions.length).toBe(1)
    await page.evaluate(() => history.pushState({}, '', '/two'))
    await eventually(() => server.questions.length).toBe(2)
    server.items = hero('right', 'd2')
    release()
    await eventually(() => page.textContent('b')).toBe('right')
    await eventually(() => page.isVisible('b')).toBe(true)
  })

  test('the site’s own page call replaces the automatic one; manual makes none', async () => {
    stage.serve('/', { head: '<script>tsugi.page("Shop", "Home", { a: 1 })</script>' })
    stage.serve('/manual', { body: BOX, load: { pages: 'manual' } })
    const page = await stage.open()
    await stage.arrived('page')
    await page.evaluate(() => {
      history.pushState({}, '', '/two')
      window.tsugi.page('Two')
    })
    await stage.arrived('page', 2)
    await page.goto(`${server.site}/manual`)
    await track(page, 'Manual')
    await stage.arrived('Manual')
    expect(server.questions).toHaveLength(0)
    await page.evaluate(() => window.tsugi.page('Now'))
    await stage.arrived('page', 3)
    expect(server.questions).toHaveLength(1)
    expect(server.named('page')).toMatchObject([
      { category: 'Shop', name: 'Home', properties: { a: 1, path: '/' } },
      { name: 'Two' },
      { name: 'Now' },
    ])
  })
})

describe('context', () => {
  test('page, campaign, locale, time zone and library go along', async () => {
    await stage.context.close()
    stage.context = await stage.visitor({ locale: 'ja-JP', timezoneId: 'Asia/Tokyo' })
    stage.serve('/', { load: { context: { cart: 3 } }, body: BOX })
    const query = '?utm_source=news&utm_medium=email&utm_campaign=spring&utm_term=wool'
    const page = await stage.open(`/${query}`)
    await stage.arrived('page')
    const campaign = { source: 'news', medium: 'email', name: 'spring', term: 'wool' }
    expect(server.events[0]?.context).toMatchObject({
      page: {
        url: `${server.site}/${query}`,
        path: '/',
        search: query,
        title: 'Shop /',
        referrer: '',
      },
      campaign,
      locale: 'ja-JP',
      timezone: 'Asia/Tokyo',
      userAgent: await page.evaluate(() => navigator.userAgent),
      library: { name: 'tsugi.js', version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
    })
    expect(server.questions[0]?.context).toMatchObject({ campaign, cart: 3 })
    expect(server.events[0]?.context, 'what a decision may know is no event').not.toHaveProperty(
      'cart',
    )
  })
})

describe('session', () => {
  const sessions = () =>
    server.events.map(({ context }) => [context?.['sessionId'], context?.['sessionNumber']])

  test('ends after 30 minutes without an event, in any tab', async () => {
    stage.serve('/')
    const page = await stage.context.newPage()
    await page.clock.install()
    await page.goto(server.site)
    await page.clock.runFor(100)
    await stage.arrived('page')
    await page.clock.fastForward('29:00')
    await track(page, 'Still here')
    await page.clock.runFor(100)
    await stage.arrived('Still here')
    await page.clock.fastForward('29:00')
    await track(page, 'And still')
    await page.clock.runFor(100)
    await stage.arrived('And still')
    await page.clock.fastForward('31:00')
    await track(page, 'Back')
    await page.clock.runFor(100)
    await stage.arrived('Back')
    const [first, , third, last] = sessions()
    expect(third).toEqual(first)
    expect(first?.[1]).toBe(1)
    expect(last?.[0]).not.toBe(first?.[0])
    expect(last?.[1]).toBe(2)
    expect(new Set(server.events.map(({ anonymousId }) => anonymousId)).size).toBe(1)
  })

  test('goes on over pages and tabs', async () => {
    stage.serve('/')
    await stage.open()
    await stage.arrived('page')
    await stage.open()
    await stage.arrived('page', 2)
    expect(sessions()[1]).toEqual(sessions()[0])
  })
})

describe('the arguments of analytics.js', () => {
  test('what may be left out may be left out', async () => {
    stage.serve('/')
    const page = await stage.open()
    await stage.arrived('page')
    await page.evaluate(() => {
      const { tsugi } = window
      const options = { context: { ip: '1' }, timestamp: '2026-01-02T03:04:05.000Z' }
      tsugi.track('Bare')
      tsugi.track('Full', { n: 1 }, options)
      tsugi.identify({ plan: 'free' })
      tsugi.identify(null as never, { plan: 'pro' }, options)
      tsugi.identify('u1', { name: 'U' })
      tsugi.group('g1', { size: 3 })
      tsugi.group('g2')
      tsugi.alias('u2')
      tsugi.alias('u3', 'u0')
      tsugi.page({ own: true })
      tsugi.page('Name', { own: true }, options)
      tsugi.page('Category', 'Name')
    })
    await stage.arrived('page', 4)
    await stage.arrived('alias', 2)
    const options = { timestamp: '2026-01-02T03:04:05.000Z', context: { ip: '1', locale: 'en-US' } }
    expect(server.named('Bare')).toMatchObject([{ type: 'track', properties: {} }])
    expect(server.named('Full')).toMatchObject([{ properties: { n: 1 }, ...options }])
    const [free, pro, named] = server.named('identify')
    expect(free).toMatchObject({ traits: { plan: 'free' } })
    expect(free?.userId ?? null).toBeNull()
    expect(pro).toMatchObject({ traits: { plan: 'pro' }, ...options })
    expect(named).toMatchObject({ userId: 'u1', traits: { name: 'U' } })
    expect(server.named('group')).toMatchObject([
      { groupId: 'g1', traits: { size: 3 }, userId: 'u1' },
      { groupId: 'g2', traits: {} },
    ])
    expect(server.named('alias')).toMatchObject([
      { userId: 'u2', previousId: 'u1' },
      { userId: 'u3', previousId: 'u0' },
    ])
    expect(server.named('page').slice(1)).toMatchObject([
      { properties: { own: true, path: '/' } },
      { name: 'Name', properties: { own: true }, ...options },
      { category: 'Category', name: 'Name', properties: { title: 'Shop /' } },
    ])
  })

  test('messageIds are UUIDs of version 7, in the order of time', async () => {
    stage.serve('/', { head: '<script>for (const n of "abcdef") tsugi.track(n)</script>' })
    await stage.open()
    await stage.arrived('f')
    const uuids = server.events.map(({ messageId }) => messageId ?? '')
    expect(new Set(uuids).size).toBe(uuids.length)
    for (const uuid of uuids) {
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(
        Math.abs(Number.parseInt(uuid.replaceAll('-', '').slice(0, 12), 16) - Date.now()),
      ).toBeLessThan(60_000)
    }
  })

  test('listeners hear events and decisions; one that throws stops nobody', async () => {
    stage.serve('/')
    const page = await stage.open()
    await stage.arrived('page')
    const heard = await page.evaluate(async () => {
      const names: unknown[] = []
      const listener = (message: { readonly [key: string]: unknown }) =>
        names.push(message['event'])
      window.tsugi.on('event', () => {
        throw new Error('mine')
      })
      window.tsugi.on('event', listener)
      window.tsugi.on('decision', ({ degraded }) => names.push({ degraded }))
      window.tsugi.track('One')
      window.tsugi.off('event', listener)
      window.tsugi.track('Two')
      await window.tsugi.decide('hero')
      return names
    })
    expect(heard).toEqual(['One', { degraded: false }])
    await stage.arrived('Two')
    await eventually(() => stage.errors).toEqual(['mine', 'mine'])
    stage.errors = []
  })

  test('another write key on the same site is another queue', async () => {
    stage.serve('/')
    stage.serve('/b', { snippet: { writeKey: 'wk_b' } })
    const page = await stage.open()
    await stage.arrived('page')
    server.down = true
    await track(page, 'For the first')
    await eventually(() =>
      page.evaluate(
        (key) => Object.keys(localStorage).some((k) => k.startsWith(`${key}:`)),
        `tsugi:${WRITE_KEY}`,
      ),
    ).toBe(true)
    await page.goto(`${server.site}/b`)
    server.down = false
    await track(page, 'For the second')
    await stage.arrived('For the second')
    expect(server.named('For the first')).toHaveLength(0)
  })
})
