import { describe, expect, test } from 'vitest'
import { WRITE_KEY, eventually, sleep, useStage } from './support/stage.ts'

const stage = useStage()
const { server } = stage

const ids = () =>
  server.arrivals.map(({ events }) => events.map(({ messageId }) => messageId as string))
const stored = (page: import('playwright-core').Page) =>
  page.evaluate(
    (prefix) => Object.keys(localStorage).filter((key) => key.startsWith(prefix)).length,
    `tsugi:${WRITE_KEY}:`,
  )

describe('retry', () => {
  test('network errors, 408, 429 and 5xx come again: same messageIds, longer and longer waits', async () => {
    const statuses = [500, 0, 408, 429]
    server.mishaps['/v1/batch'] = statuses.map((status) => ({ status }))
    stage.serve('/', { load: { budgetMs: 60_000 } })
    const page = await stage.openStopped('/', (opening) =>
      opening.addInitScript(() => {
        const waits: number[] = []
        const original = window.setTimeout
        Object.assign(window, {
          waits,
          setTimeout: (then: () => void, ms = 0) => {
            waits.push(ms)
            return original(then, ms)
          },
        })
      }),
    )
    const backoffs = async () => {
      const waits = await page.evaluate(() => (window as { waits?: number[] }).waits ?? [])
      return waits.filter((ms) => ms >= 500 && ms < 50_000)
    }
    await eventually(async () => {
      await page.clock.runFor(10)
      return server.arrivals.length
    }).toBe(1)
    for (const n of statuses.keys()) {
      await eventually(async () => (await backoffs()).length).toBe(n + 1)
      await page.clock.runFor(Math.ceil((await backoffs())[n] ?? 0))
      await eventually(() => server.arrivals.length).toBe(n + 2)
    }
    await stage.arrived('page')
    expect(new Set(ids().flat()).size).toBe(1)
    expect(new Set(server.arrivals.map(({ body }) => body.sentAt)).size).toBe(statuses.length + 1)
    const backoff = await backoffs()
    expect(backoff).toHaveLength(statuses.length)
    for (const [n, ms] of backoff.entries()) {
      expect(ms).toBeGreaterThanOrEqual(500 * 2 ** n)
      expect(ms).toBeLessThanOrEqual(1000 * 2 ** n)
    }
    expect(
      backoff.every((ms) => ms % 500 === 0),
      'without jitter all visitors come at once',
    ).toBe(false)
    await eventually(() => stored(page)).toBe(0)
  })

  test('Retry-After is kept to, at the page’s exit too', async () => {
    server.mishaps['/v1/batch'] = [{ status: 429, headers: { 'retry-after': '2' } }]
    stage.serve('/')
    const page = await stage.open()
    await eventually(() => server.arrivals.length).toBe(1)
    await page.evaluate(() => window.tsugi.track('Meanwhile'))
    await page.evaluate(() => dispatchEvent(new Event('pagehide')))
    await stage.arrived('page')
    await stage.arrived('Meanwhile')
    const [refused, taken] = server.arrivals.map(({ atMs }) => atMs) as [number, number]
    expect(taken - refused).toBeGreaterThan(1900)
    expect(server.arrivals).toHaveLength(2)
  })

  test('what the worker refuses is dropped, told, and never sent again', async () => {
    server.mishaps['/v1/batch'] = [
      { status: 401, body: { code: 'unknown_write_key', detail: 'No such key' } },
    ]
    stage.serve('/', {
      head: `<script>window.lost = []; tsugi.on('rejected', (e) => lost.push(e.code))</script>`,
    })
    const page = await stage.open()
    await eventually(() => page.evaluate(() => (window as { lost?: string[] }).lost)).toEqual([
      'unknown_write_key',
    ])
    await sleep(200)
    expect(server.arrivals).toHaveLength(1)
    expect(await stored(page)).toBe(0)
  })

  test('of a batch only those named as bad are dropped; none is sent again', async () => {
    server.judge = ({ event }) =>
      event === 'Bad' ? { code: 'invalid_message', detail: 'bad' } : null
    stage.serve('/', {
      head: `<script>window.lost = []; tsugi.on('rejected', (e) => lost.push(e))
        tsugi.track('Good'); tsugi.track('Bad')</script>`,
    })
    const page = await stage.open()
    await stage.arrived('Good')
    await sleep(150)
    expect(server.arrivals).toHaveLength(1)
    const bad = server.named('Bad')[0]
    expect(await page.evaluate(() => (window as { lost?: unknown }).lost)).toEqual([
      { messageId: bad?.messageId, code: 'invalid_message', detail: 'bad' },
    ])
    expect(await stored(page)).toBe(0)
  })
})

describe('what survives', () => {
  test('offline: events wait, survive a reload, and arrive once when the network is back', async () => {
    stage.serve('/')
    const page = await stage.open()
    await stage.arrived('page')
    server.down = true
    await page.evaluate(() => {
      window.tsugi.track('Offline', { n: 1 })
      window.tsugi.track('Offline', { n: 2 })
    })
    await eventually(() => stored(page)).toBe(2)
    await page.reload()
    await eventually(() => stored(page)).toBe(3)
    server.down = false
    await page.evaluate(() => dispatchEvent(new Event('online')))
    await stage.arrived('Offline', 2)
    await stage.arrived('page', 2)
    await eventually(() => stored(page)).toBe(0)
    const deliveries = server.arrivals.flatMap(({ events }) => events)
    expect(deliveries).toHaveLength(4)
  })

  test('an event is as it was when it happened, whatever is done to its object after', async () => {
    stage.serve('/')
    const page = await stage.open()
    await page.evaluate(() => {
      const properties = { step: 1 }
      window.tsugi.track('Snapshot', properties)
      properties.step = 2
    })
    await stage.arrived('Snapshot')
    expect(server.named('Snapshot')).toMatchObject([{ properties: { step: 1 } }])
  })

  test('tabs do not lose each other’s events, and an orphan is adopted', async () => {
    stage.serve('/')
    server.down = true
    const tabs = [await stage.open(), await stage.open(), await stage.open()]
    await Promise.all(
      tabs.map((tab, n) =>
        tab.evaluate((from) => {
          for (let i = 0; i < 10; i++) window.tsugi.track('From tab', { from, i })
        }, n),
      ),
    )
    await eventually(() => stored(tabs[0]!)).toBe(33)
    await tabs[1]!.close()
    await tabs[2]!.close()
    server.down = false
    await tabs[0]!.reload()
    await stage.arrived('From tab', 30)
    await eventually(() => stored(tabs[0]!)).toBe(0)
  })

  test('what one tab delivered another does not send again', async () => {
    stage.serve('/')
    const first = await stage.open()
    await stage.arrived('page')
    await first.route(`${server.api}/v1/**`, (request) => request.abort())
    await first.evaluate(() => window.tsugi.track('Once'))
    await eventually(() => stored(first)).toBe(1)
    await stage.open()
    await stage.arrived('Once')
    await eventually(() => stored(first)).toBe(0)
    await first.unroute(`${server.api}/v1/**`)
    await first.evaluate(() => dispatchEvent(new Event('online')))
    await first.evaluate(() => window.tsugi.track('Last'))
    await stage.arrived('Last')
    const deliveries = server.arrivals.flatMap(({ events }) => events)
    expect(deliveries.filter(({ event }) => event === 'Once')).toHaveLength(1)
  })

  test('without storage everything still arrives', async () => {
    stage.serve('/', {
      head: '<script>for (let n = 0; n < 50; n++) tsugi.track("Many", { n })</script>',
    })
    const page = await stage.context.newPage()
    await page.addInitScript(() => {
      Object.defineProperty(window, 'localStorage', {
        get() {
          throw new DOMException('denied', 'SecurityError')
        },
      })
    })
    await page.goto(server.site)
    await stage.arrived('Many', 50)
    const anonymous = new Set(server.events.map(({ anonymousId }) => anonymousId))
    expect(anonymous.size).toBe(1)
  })

  test('a full storage leaves the queue in memory', async () => {
    stage.serve('/', { body: '<p>full</p>' })
    const page = await stage.context.newPage()
    await page.addInitScript(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException('full', 'QuotaExceededError')
      }
    })
    await page.goto(server.site)
    await page.evaluate(() => window.tsugi.track('Kept'))
    await stage.arrived('Kept')
  })

  test('somebody else’s text under our key does not spoil a batch', async () => {
    stage.serve('/')
    const page = await stage.context.newPage()
    await page.addInitScript((key) => {
      if (sessionStorage['done']) return
      sessionStorage['done'] = '1'
      localStorage.setItem(`${key}:broken`, '{"type":')
      localStorage.setItem(key, 'nonsense')
    }, `tsugi:${WRITE_KEY}`)
    await page.goto(server.site)
    await stage.arrived('page')
    await eventually(() => stored(page)).toBe(0)
  })
})

describe('leaving the page', () => {
  test('what waits is sent in one request, and the next page does not send it anew', async () => {
    stage.serve('/', { load: { flushMs: 60_000 } })
    stage.serve('/next', { load: { flushMs: 30 } })
    const page = await stage.open()
    await page.evaluate(async () => {
      window.tsugi.track('Leaving', { n: 1 })
      window.tsugi.track('Leaving', { n: 2 })
    })
    expect(server.arrivals).toHaveLength(0)
    await page.goto('about:blank')
    await stage.arrived('Leaving', 2)
    await stage.arrived('page')
    expect(server.arrivals).toHaveLength(1)
  })

  test('a hidden tab flushes, once for visibilitychange and pagehide together', async () => {
    stage.serve('/', { load: { flushMs: 60_000 } })
    const answer = Promise.withResolvers<void>()
    server.mishaps['/v1/batch'] = [{ until: () => answer.promise }]
    const page = await stage.open()
    await page.evaluate(async () => {
      window.tsugi.track('Hidden')
      await new Promise((resolve) => setTimeout(resolve, 50))
      Object.defineProperty(document, 'hidden', { value: true, configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
      dispatchEvent(new Event('pagehide'))
    })
    await stage.arrived('Hidden')
    await sleep(400)
    answer.resolve()
    await eventually(() => stored(page)).toBe(0)
    expect(server.arrivals).toHaveLength(1)
  })

  test('at most 64 KB leave with the page; the rest is sent by the next one', async () => {
    stage.serve('/', { load: { flushMs: 60_000 } })
    stage.serve('/next', { load: { flushMs: 30 } })
    const page = await stage.open()
    await page.evaluate(() => {
      for (let n = 0; n < 10; n++) window.tsugi.track('Big', { n, text: 'x'.repeat(12_000) })
    })
    await page.goto('about:blank')
    await eventually(() => server.arrivals.length).toBe(1)
    expect(JSON.stringify(server.arrivals[0]?.body).length).toBeLessThan(64_000)
    await page.goto(`${server.site}/next`)
    await stage.arrived('Big', 10)
  })
})

describe('limits', () => {
  test('an event over 32 KB is refused before it is queued', async () => {
    stage.serve('/', {
      head: `<script>window.lost = []; tsugi.on('rejected', (e) => lost.push(e.code))
        tsugi.track('Huge', { text: 'あ'.repeat(11000) })
        const circular = {}; circular.self = circular
        tsugi.track('Circular', circular)
        tsugi.track('Fine')</script>`,
    })
    const page = await stage.open()
    await stage.arrived('Fine')
    expect(await page.evaluate(() => (window as { lost?: string[] }).lost)).toEqual([
      'event_too_large',
      'invalid_message',
    ])
    expect(server.named('Huge')).toEqual([])
  })

  test('at most 100 events and 500 KB a request', async () => {
    stage.serve('/', { load: { flushMs: 200 } })
    const page = await stage.open()
    await stage.arrived('page')
    await page.evaluate(() => {
      for (let n = 0; n < 250; n++) window.tsugi.track('Many', { n })
    })
    await stage.arrived('Many', 250)
    expect(Math.max(...server.arrivals.map(({ events }) => events.length))).toBe(100)
    await page.evaluate(() => {
      for (let n = 0; n < 17; n++) window.tsugi.track('Heavy', { n, text: 'x'.repeat(30_000) })
    })
    await stage.arrived('Heavy', 17)
  })

  test('the queue keeps the newest 500 events', async () => {
    stage.serve('/')
    const page = await stage.open()
    await stage.arrived('page')
    server.down = true
    await page.evaluate(() => {
      for (let n = 0; n < 520; n++) window.tsugi.track('Much', { n })
    })
    await eventually(() => stored(page)).toBe(500)
    server.down = false
    await page.evaluate(() => dispatchEvent(new Event('online')))
    await stage.arrived('Much', 500)
    const numbers = server.named('Much').map(({ properties }) => Number(properties?.['n']))
    expect(Math.min(...numbers)).toBe(20)
  })
})
