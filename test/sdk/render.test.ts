import { describe, expect, test } from 'vitest'
import { eventually, sleep, useStage } from './support/stage.ts'

const stage = useStage()
const { server } = stage

const HERO = `<section data-tsugi-placement="hero">
  <h1 data-tsugi-text="title">Own title</h1>
  <img data-tsugi-image="photo" data-tsugi-alt="photo_alt" alt="own" src="/own.png" srcset="/own2x.png 2x">
  <a data-tsugi-link="url" data-tsugi-text="cta" href="/own">Own link</a>
  <div data-tsugi-html="body"><i>own body</i></div>
</section>`

const item = (content: Record<string, string | { html: string }>, decisionId = 'd1') => ({
  decisionId,
  content,
})

describe('fields', () => {
  test('text, image, link and html are filled; what the content lacks stays', async () => {
    server.items = {
      hero: [
        item({
          title: '<b>Knit</b> & wool',
          photo: 'https://cdn.example/knit.jpg',
          photo_alt: 'A cardigan',
          url: '/knitwear?from=hero',
          body: { html: '<em>soft</em>' },
        }),
      ],
    }
    stage.serve('/', { body: HERO })
    const page = await stage.open()
    await eventually(() => page.textContent('h1')).toBe('<b>Knit</b> & wool')
    const img = page.locator('img')
    expect(await img.getAttribute('src')).toBe('https://cdn.example/knit.jpg')
    expect(await img.getAttribute('srcset')).toBeNull()
    expect(await img.getAttribute('alt')).toBe('A cardigan')
    expect(await page.getAttribute('a', 'href')).toBe('/knitwear?from=hero')
    expect(await page.textContent('a')).toBe('Own link')
    expect(await page.innerHTML('[data-tsugi-html]')).toBe('<em>soft</em>')
  })

  test('every address but http(s) and relative ones is refused, for link and image', async () => {
    const bad = [
      'javascript:alert(1)',
      ' java\tscript:alert(1)',
      'data:text/html,<script>alert(1)</script>',
      'vbscript:x',
      'blob:https://a.example/1',
      'mailto:a@b.example',
      'http://[',
    ]
    server.items = {
      list: bad.map((url, n) => item({ title: `T${n}`, url, photo: url }, `d${n}`)),
    }
    stage.serve('/', {
      body: `<div data-tsugi-placement="list"><template data-tsugi-item>${HERO.replace(
        'data-tsugi-placement="hero"',
        '',
      )}</template></div>`,
    })
    const page = await stage.open()
    await eventually(() => page.locator('h1').count()).toBe(bad.length)
    expect(await page.locator('h1').allTextContents()).toEqual(bad.map((_, n) => `T${n}`))
    const [links, images] = await page.evaluate(() => [
      [...document.querySelectorAll('a')].map((a) => a.getAttribute('href')),
      [...document.querySelectorAll('img')].map((i) => `${i.getAttribute('src')} ${i.srcset}`),
    ])
    expect(new Set(links)).toEqual(new Set(['/own']))
    expect(new Set(images)).toEqual(new Set(['/own.png /own2x.png 2x']))
  })

  test('a string where html is expected is inserted as text', async () => {
    server.items = { hero: [item({ body: '<img src=x onerror="window.hacked = 1">' })] }
    stage.serve('/', { body: HERO })
    const page = await stage.open()
    await eventually(() => page.textContent('[data-tsugi-html]')).toBe(
      '<img src=x onerror="window.hacked = 1">',
    )
    expect(await page.locator('[data-tsugi-html] img').count()).toBe(0)
  })

  test('html never lands in text, link or image', async () => {
    const evil = { html: '<b>x</b>' }
    server.items = { hero: [item({ title: evil, cta: evil, url: evil, photo: evil, body: 'B' })] }
    stage.serve('/', { body: HERO })
    const page = await stage.open()
    await eventually(() => page.textContent('[data-tsugi-html]')).toBe('B')
    expect(await page.textContent('h1')).toBe('Own title')
    expect(await page.getAttribute('a', 'href')).toBe('/own')
  })

  test('names of Object.prototype are no fields', async () => {
    server.items = { hero: [item({ ok: 'yes' })] }
    stage.serve('/', {
      body: `<div data-tsugi-placement="hero"><b data-tsugi-text="constructor">own</b>
        <i data-tsugi-html="toString">own</i><u data-tsugi-text="ok"></u></div>`,
    })
    const page = await stage.open()
    await eventually(() => page.textContent('u')).toBe('yes')
    expect(await page.textContent('b')).toBe('own')
    expect(await page.textContent('i')).toBe('own')
  })
})

describe('items', () => {
  const LIST = `<div data-tsugi-placement="list"><h2>For you</h2><ul>
    <template data-tsugi-item><li><a data-tsugi-link="url" data-tsugi-text="name"></a></li></template>
    <li>own one</li><li>own two</li></ul></div>`

  test('a template is repeated for every item, in order', async () => {
    server.items = {
      list: ['a', 'b', 'c'].map((name) => item({ name, url: `/p/${name}` }, `d-${name}`)),
    }
    stage.serve('/', { body: LIST })
    const page = await stage.open()
    await eventually(() => page.locator('li').allTextContents()).toEqual(['a', 'b', 'c'])
    expect(await page.getAttribute('li:last-child a', 'href')).toBe('/p/c')
    expect(await page.textContent('h2')).toBe('For you')
  })

  test('no items: the own content stays, and comes back on a later page', async () => {
    server.items = { list: [item({ name: 'a', url: '/a' })] }
    stage.serve('/', { body: LIST })
    const page = await stage.open()
    await eventually(() => page.locator('li').allTextContents()).toEqual(['a'])
    server.items = {}
    await page.evaluate(() => history.pushState({}, '', '/other'))
    await eventually(() => page.locator('li').allTextContents()).toEqual(['own one', 'own two'])
  })

  test('undoing keeps the page’s own nodes and their listeners', async () => {
    server.items = { hero: [item({ title: 'New' })] }
    stage.serve('/', {
      body: `<div data-tsugi-placement="hero"><p data-tsugi-text="title"><button>own</button></p></div>
        <script>document.querySelector('button').onclick = () => { window.pressed = true }</script>`,
    })
    const page = await stage.open()
    await eventually(() => page.textContent('p')).toBe('New')
    server.items = {}
    await page.evaluate(() => window.tsugi.decide())
    await page.click('button')
    expect(await page.evaluate(() => (window as { pressed?: boolean }).pressed)).toBe(true)
  })
})

describe('no flicker', () => {
  const BOX = '<div data-tsugi-placement="hero"><b data-tsugi-text="title">own</b></div>'
  /** What was painted, frame by frame, without repeats. */
  const WATCH = `<script>
    window.seen = []
    const next = window.afterFrame ?? ((then) => requestAnimationFrame(() => setTimeout(then)))
    const look = () => {
      const b = document.querySelector('b')
      const now = b && (getComputedStyle(b).visibility === 'hidden' ? 'hidden' : b.textContent)
      if (now && seen[seen.length - 1] !== now) seen.push(now)
      next(look)
    }
    look()
  </script>`
  /** A page whose clock stands asks as soon as it is parsed: whatever is due at once may run. */
  const asked = (page: import('playwright-core').Page) =>
    eventually(async () => {
      await page.clock.runFor(1)
      return server.questions.length
    }).toBe(1)
  const seen = (page: import('playwright-core').Page) =>
    page.evaluate(() => (window as { seen?: string[] }).seen)

  test('within the budget the visitor sees the new content only', async () => {
    server.items = { hero: [item({ title: 'new' })] }
    const answer = server.hold()
    stage.serve('/', { body: BOX, head: WATCH })
    const page = await stage.open()
    await eventually(() => seen(page)).toEqual(['hidden'])
    answer()
    await eventually(() => page.textContent('b')).toBe('new')
    await eventually(() => seen(page)).toEqual(['hidden', 'new'])
  })

  test('after the budget the own content shows, and stays though the answer comes', async () => {
    server.items = { hero: [item({ title: 'new' })] }
    const answer = server.hold()
    stage.serve('/', { body: BOX, head: WATCH, load: { budgetMs: 1500 } })
    const page = await stage.openStopped()
    await page.evaluate(() => {
      window.tsugi.on('decision', () => document.body.setAttribute('data-answered', ''))
    })
    await asked(page)
    await page.clock.runFor(1300)
    await eventually(() => seen(page)).toEqual(['hidden'])
    await page.clock.runFor(200)
    await eventually(() => seen(page)).toEqual(['hidden', 'own'])
    expect(server.questions).toHaveLength(1)
    answer()
    await page.waitForSelector('[data-answered]')
    await sleep(50)
    expect(await seen(page)).toEqual(['hidden', 'own'])
    // The events that went along are taken all the same.
    expect(server.named('page')).toHaveLength(1)
  })

  test('without the script the own content shows after the budget', async () => {
    const script = Promise.withResolvers<void>()
    server.mishaps['/sdk/tsugi.js'] = [{ until: () => script.promise }]
    server.items = { hero: [item({ title: 'new' })] }
    stage.serve('/', { body: BOX, head: WATCH, load: { budgetMs: 250 } })
    // The page's load waits for its script.
    const opening = stage.openStopped()
    const page = await stage.context.waitForEvent('page')
    await eventually(() => seen(page)).toEqual(['hidden'])
    await page.clock.runFor(250)
    await eventually(() => seen(page)).toEqual(['hidden', 'own'])
    script.resolve()
    await opening
    await page.clock.resume()
    await stage.arrived('page')
    expect(await seen(page)).toEqual(['hidden', 'own'])
    expect(server.questions, 'what cannot be shown is not asked for').toEqual([])
  })

  test('a late answer still fills what lies below the fold', async () => {
    server.items = { hero: [item({ title: 'new' })], low: [item({ title: 'low' }, 'd2')] }
    const answer = server.hold()
    stage.serve('/', {
      load: { budgetMs: 1500 },
      body: `${BOX}<div style="height:2000px"></div>
        <div data-tsugi-placement="low"><i data-tsugi-text="title">own</i></div>`,
    })
    const page = await stage.openStopped()
    const visibility = () =>
      page.evaluate(
        () => document.querySelector<HTMLElement>('[data-tsugi-placement]')!.style.visibility,
      )
    await asked(page)
    expect(await visibility()).toBe('hidden')
    await page.clock.runFor(1500)
    expect(await visibility()).toBe('')
    answer()
    await eventually(() => page.textContent('i')).toBe('low')
    expect(await page.textContent('b')).toBe('own')
  })

  test('an error shows the own content at once', async () => {
    server.mishaps['/v1/decide'] = [{ status: 400, body: { code: 'invalid_body' } }]
    const answer = server.hold()
    stage.serve('/', { body: BOX, head: WATCH })
    const page = await stage.open()
    await eventually(() => seen(page)).toEqual(['hidden'])
    answer()
    await eventually(() => seen(page)).toEqual(['hidden', 'own'])
    // The question's fault is not the event's.
    await stage.arrived('page')
  })

  test('an inline visibility of the page is given back', async () => {
    stage.serve('/', {
      body: '<div data-tsugi-placement="hero" style="visibility: collapse">own</div>',
    })
    const page = await stage.open()
    await stage.arrived('page')
    await eventually(() =>
      page.evaluate(() => document.querySelector('div')?.style.visibility),
    ).toBe('collapse')
  })

  test('a placement added later is hidden before it is painted, asked for and filled', async () => {
    server.items = { hero: [item({ title: 'new' })] }
    const answer = server.hold()
    stage.serve('/', { head: WATCH })
    const page = await stage.open()
    await stage.arrived('page')
    await page.evaluate((html) => {
      document.body.innerHTML = html
    }, BOX)
    await eventually(() => seen(page)).toEqual(['hidden'])
    answer()
    await eventually(() => seen(page)).toEqual(['hidden', 'new'])
    expect(server.questions).toHaveLength(1)
  })
})

describe('the question', () => {
  test('on a new page, event and decision are one request', async () => {
    server.items = { a: [item({ t: 'A' })], b: [item({ t: 'B' }, 'd2')] }
    stage.serve('/', {
      body: `<p data-tsugi-placement="a"><b data-tsugi-text="t"></b></p>
        <p data-tsugi-placement="b"><i data-tsugi-text="t"></i></p>
        <p data-tsugi-placement="a"><u data-tsugi-text="t"></u></p>`,
    })
    const page = await stage.open()
    await eventually(() => page.textContent('i')).toBe('B')
    expect(await page.textContent('u')).toBe('A')
    await sleep(150)
    expect(server.arrivals).toHaveLength(1)
    expect(server.arrivals[0]?.path).toBe('/v1/decide')
    expect(server.arrivals[0]?.events).toMatchObject([{ type: 'page' }])
    expect(server.questions[0]?.placements).toEqual(['a', 'b'])
    expect(server.questions[0]?.context).toMatchObject({
      page: { path: '/', title: 'Shop /' },
      locale: expect.any(String),
      sessionNumber: 1,
    })
  })

  test('a retry within the budget asks under the same requestId with the same events', async () => {
    server.mishaps['/v1/decide'] = [{ status: 503 }, { status: 0 }]
    server.items = { a: [item({ t: 'A' })] }
    stage.serve('/', { body: '<p data-tsugi-placement="a"><b data-tsugi-text="t">own</b></p>' })
    const page = await stage.open()
    await eventually(() => page.textContent('b')).toBe('A')
    expect(server.questions).toHaveLength(3)
    expect(new Set(server.questions.map(({ requestId }) => requestId)).size).toBe(1)
    const ids = server.arrivals.map(({ events }) => events.map(({ messageId }) => messageId))
    expect(ids[1]).toEqual(ids[0])
    expect(ids[2]).toEqual(ids[0])
    const sent = server.questions.map(({ sentAt }) => sentAt)
    expect(new Set(sent).size).toBe(3)
  })

  test('an event that the answer does not name as taken is sent again', async () => {
    server.acks = ({ type }) => type !== 'track'
    stage.serve('/', {
      body: '<p data-tsugi-placement="a">own</p>',
      head: '<script>tsugi.track("Viewed")</script>',
    })
    await stage.open()
    await eventually(() => server.arrivals.map(({ path }) => path)).toContain('/v1/batch')
    const deliveries = server.arrivals.flatMap(({ events }) => events)
    expect(deliveries.filter(({ event }) => event === 'Viewed')).toHaveLength(2)
    expect(deliveries.filter(({ type }) => type === 'page')).toHaveLength(1)
  })

  test('more than twenty placements are asked for in several questions', async () => {
    const keys = Array.from({ length: 23 }, (_, n) => `p${n}`)
    server.items = { p0: [item({ t: 'first' })], p22: [item({ t: 'last' }, 'd2')] }
    stage.serve('/', {
      body: keys
        .map((key) => `<p data-tsugi-placement="${key}"><b data-tsugi-text="t">own</b></p>`)
        .join(''),
    })
    const page = await stage.open()
    await eventually(() => page.textContent('p:first-child b')).toBe('first')
    expect(await page.textContent('p:last-child b')).toBe('last')
    expect(server.questions.flatMap(({ placements }) => placements)).toEqual(keys)
  })

  test('decide never rejects, and says what it could not do', async () => {
    server.mishaps['/v1/decide'] = Array.from({ length: 9 }, () => ({ status: 500 }))
    stage.serve('/', { load: { budgetMs: 100 } })
    const page = await stage.open()
    const answer = await page.evaluate(() => window.tsugi.decide(['hero']))
    expect(answer).toEqual({ decisions: {}, degraded: true })
  })

  test('a question that is refused is told in the console, once, and its events stay', async () => {
    const refusals = [
      { code: 'unknown_placement', title: 'No such placement is published', detail: '"greting"' },
      { code: 'unknown_write_key', title: 'No source has this key' },
    ]
    server.mishaps['/v1/decide'] = refusals.map((body) => ({ status: 404, body }))
    stage.serve('/', { load: { budgetMs: 60_000 } })
    const page = await stage.open('/')
    const told: string[] = []
    page.on('console', (entry) => {
      if (entry.type() === 'warning') told.push(entry.text())
    })
    for (const _ of refusals) {
      const answer = await page.evaluate(() => window.tsugi.decide('greting'))
      expect(answer).toEqual({ decisions: {}, degraded: true })
    }
    expect(told).toEqual([
      'tsugi: unknown_placement "greting"',
      'tsugi: unknown_write_key No source has this key',
    ])
    await stage.arrived('page')
  })

  test('an answer for somebody who has left is not shown', async () => {
    server.items = { a: [item({ t: 'secret' })] }
    const release = server.hold()
    stage.serve('/', { body: '<p data-tsugi-placement="a"><b data-tsugi-text="t">own</b></p>' })
    const page = await stage.open()
    await eventually(() => server.questions.length).toBe(1)
    await page.evaluate(() => window.tsugi.reset())
    release()
    await eventually(() => page.evaluate(() => document.querySelector('p')?.style.visibility)).toBe(
      '',
    )
    expect(await page.textContent('b')).toBe('own')
  })
})
