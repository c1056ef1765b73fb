/** Preview links: one browser sees what it would not get, and nothing of that counts. */
import { beforeAll, describe, expect, it, vi } from 'vitest'
import {
  admin,
  call,
  configuration,
  OPEN_KEY,
  ORIGIN,
  publish,
  SECRET_KEY,
  withKey,
  WRITE_KEY,
} from './site.ts'
import { previewRefusals } from './preview-refusals.ts'
import { link, tokenOf, browser, titles } from './preview-site.ts'
import { previewCountsNothing } from './preview-uncounted.ts'

beforeAll(async () => {
  await publish(await configuration())
})

describe('a link', () => {
  it('is of the source whose page it opens, and keeps the rest of its address', async () => {
    const { status, body } = await link({ segments: ['pro'] })
    expect(status).toBe(201)
    expect(body).toEqual({
      token: expect.stringMatching(/^d1[\w-]+$/),
      url: expect.any(String),
      source: 'site',
      expires: expect.any(String),
    })
    const url = new URL(body.url)
    expect([url.origin, url.pathname, url.hash]).toEqual([ORIGIN, '/knitwear', '#top'])
    expect(Object.fromEntries(url.searchParams)).toEqual({
      size: 'm l',
      tag: 'a b',
      tsugi_preview: body.token,
    })
    const day = 86_400_000
    expect(Math.abs(Date.parse(body.expires) - Date.now() - day)).toBeLessThan(60_000)
    // Sealed: which segment it forces is nobody's to read.
    expect(atob(body.token.slice(2).replaceAll('-', '+').replaceAll('_', '/'))).not.toContain('pro')
  })

  const faults: [name: string, body: object, field: string | undefined][] = [
    ['nothing to show', {}, undefined],
    ['an unknown action', { action: 'nope' }, 'action'],
    ['an unknown placement', { placement: 'nope', action: 'knit' }, 'placement'],
    [
      'an action that the placement cannot show',
      { placement: 'slot', action: 'knit' },
      'placement',
    ],
    ['a placement alone', { placement: 'hero' }, 'action'],
    ['an unknown segment', { segments: ['pro', 'nope'] }, 'segments'],
    ['an unknown arm', { arm: 'c' }, 'arm'],
    ['an arm of another policy', { experiment: 'knit-policy', arm: 'a' }, 'arm'],
    ['an experiment alone', { experiment: 'slot-test' }, 'arm'],
    ['a day that there is not', { at: '2026-02-30T00:00:00Z' }, 'at'],
    ['a local time', { at: '2026-02-03T00:00:00' }, 'at'],
    ['the past', { segments: ['pro'], expires: '2020-01-01T00:00:00Z' }, 'expires'],
    ['more than a week', { segments: ['pro'], expires: '8d' }, 'expires'],
    ['an unknown source', { segments: ['pro'], source: 'nope' }, 'source'],
    ['a page of nobody’s', { segments: ['pro'], url: 'https://evil.example/' }, 'url'],
    ['a page of another source', { segments: ['pro'], source: 'open' }, 'url'],
    ['neither page nor source', { segments: ['pro'], url: undefined }, 'source'],
    ['no address', { segments: ['pro'], url: 'shop' }, 'url'],
    ['a field of another name', { segments: ['pro'], policy: 'x' }, 'policy'],
    ['six segments', { segments: Array.from({ length: 6 }, () => 'pro') }, 'segments'],
  ]
  it.each(faults)('is not made for %s', async (_, body, field) => {
    const answer = await link(body)
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_body'])
    expect(answer.body.field?.split('.')[0]).toBe(field)
  })

  it('is not made for nothing, too long: both are told', async () => {
    const { body } = await link({ expires: '3w' })
    expect(body.detail).toMatch(/^say what to show.*"expires": expected a moment in the future/)
  })

  it('is made by operators only', async () => {
    const body = { segments: ['pro'], source: 'site' }
    for (const key of [WRITE_KEY, SECRET_KEY, 'at_demo', 'wrong']) {
      expect((await withKey(key, '/admin/v1/preview-links', body)).status).toBe(401)
    }
    const none = await call('/admin/v1/preview-links', { method: 'POST', body: '{}' })
    expect(none.status).toBe(401)
    expect((await link({ url: undefined, ...body })).body).toMatchObject({ url: null })
  })
})

describe('a browser that opens one', () => {
  it('gets a cookie for an hour that its scripts cannot read', async () => {
    const { exchange } = browser()
    const { status, body, headers } = await exchange(await tokenOf({ segments: ['pro'] }))
    expect(status).toBe(200)
    expect(body).toEqual({ preview: true, expires: expect.any(String) })
    const [set] = headers.getSetCookie()
    expect(set).toMatch(
      /^tsugi_preview=d1[\w-]+; Max-Age=3600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect(headers.get('access-control-allow-credentials')).toBe('true')
  })

  it('on another site than the worker’s, one that is kept apart for it', async () => {
    const token = await tokenOf({ segments: ['pro'] })
    const { headers } = await browser().exchange(token, { 'sec-fetch-site': 'cross-site' })
    expect(headers.getSetCookie()[0]).toMatch(/; Secure; SameSite=None; Partitioned$/)
  })

  it('sees what members of the segment see; nobody else does', async () => {
    const { exchange, decide } = browser()
    expect(titles(await decide('peek'))[0]).toBe('Welcome')
    await exchange(await tokenOf({ segments: ['pro'] }))
    const previewed = await decide('peek')
    expect(titles(previewed)[0]).toBe('For pros')
    expect(previewed.body.preview).toBe(true)
    const other = await browser().decide('peek')
    expect(titles(other)[0]).toBe('Welcome')
    expect(other.body).not.toHaveProperty('preview')
  })

  it('sees several segments at once, and the stronger policy', async () => {
    const { exchange, decide } = browser()
    await exchange(await tokenOf({ segments: ['pro', 'knit-lover'] }))
    expect(titles(await decide('both'))[0]).toBe('Warm knits')
  })

  it('sees an action whatever stands in its way, the kill switch too', async () => {
    const { exchange, decide } = browser()
    await exchange(await tokenOf({ action: 'knit', placement: 'hero' }))
    expect(titles(await decide('action'))[0]).toBe('Warm knits')
    await admin('/stop', {})
    const stopped = titles(await decide('action'))
    await admin('/resume', {})
    expect(stopped).toEqual(['Warm knits', undefined])
    // Its language is the browser's all the same.
    const ja = await decide('action', { context: { locale: 'ja' } })
    expect(titles(ja)[0]).toBe('あたたかいニット')
  })

  it('sees either arm, as everybody in it does', async () => {
    for (const [arm, headline] of [
      ['a', 'A'],
      ['b', 'B'],
    ] as const) {
      const { exchange, decide } = browser()
      await exchange(await tokenOf({ arm, experiment: 'slot-test' }))
      for (let i = 0; i < 8; i++) {
        expect(titles(await decide(`arm-${arm}-${i}`))[1]).toBe(headline)
      }
    }
  })

  it('sees another moment', async () => {
    const views = [1, 2, 3].map((n) => ({
      type: 'track',
      event: 'Product Viewed',
      messageId: `at-${n}`,
      anonymousId: 'at',
      properties: { category: 'knitwear' },
    }))
    const { exchange, decide } = browser()
    expect(titles(await decide('at', { events: views }))[0]).toBe('Warm knits')
    // The views are older than the segment's seven days by then.
    const later = new Date(Date.now() + 8 * 86_400_000).toISOString()
    await exchange(await tokenOf({ at: later }))
    expect(titles(await decide('at'))[0]).toBe('Welcome')
  })

  it('sees what the public gets, be it staff or held out', async () => {
    const site = (await configuration()) as { workspace: object }
    await publish({
      ...site,
      workspace: { ...site.workspace, staff: 'pro', holdout: { share: 0.999 } },
    })
    await withKey(SECRET_KEY, '/v1/identify', {
      userId: 'colleague',
      anonymousId: 'colleague',
      traits: { plan: 'pro' },
    })
    vi.setSystemTime(Date.now() + 31_000)
    const { exchange, decide } = browser()
    const own = titles(await decide('colleague'))
    await exchange(await tokenOf({ segments: ['knit-lover'] }))
    const previewed = titles(await decide('colleague'))
    vi.useRealTimers()
    await publish(site)
    expect(own[0]).toBe('Welcome')
    expect(previewed[0]).toBe('Warm knits')
  })

  it('sees the rest as ever where a later release has no such thing any more', async () => {
    const site = (await configuration()) as { policies: { key: string }[] }
    const { exchange, decide } = browser()
    await exchange(await tokenOf({ action: 'pro-offer', segments: ['pro'] }))
    expect(titles(await decide('gone'))[0]).toBe('For pros')
    await publish({
      ...site,
      policies: site.policies.filter(({ key }) => key !== 'pro-policy'),
    })
    vi.setSystemTime(Date.now() + 31_000)
    const after = await decide('gone')
    vi.useRealTimers()
    await publish(site)
    expect(after.body.preview).toBe(true)
    expect(titles(after)[0]).toBe('Welcome')
  })

  it('is answered alike by OpenFeature’s flags', async () => {
    const { exchange, cookie } = browser()
    await exchange(await tokenOf({ segments: ['pro'] }))
    const flag = await call('/ofrep/v1/evaluate/flags/hero', {
      method: 'POST',
      body: JSON.stringify({ context: { targetingKey: 'peek' } }),
      headers: { 'x-api-key': WRITE_KEY, origin: ORIGIN, cookie: cookie() },
    })
    expect(flag.body).toMatchObject({
      value: { headline: 'For pros' },
      metadata: { preview: true },
    })
  })

  it('ends it, and it ends by itself', async () => {
    const { exchange, decide, post, cookie } = browser()
    await exchange(await tokenOf({ segments: ['pro'] }))
    expect((await post('/v1/preview', { end: true })).body).toEqual({ preview: false })
    expect(cookie()).toBe('')
    expect((await decide('ended')).body).not.toHaveProperty('preview')

    await exchange(await tokenOf({ segments: ['pro'], expires: '10m' }))
    const kept = cookie()
    expect((await decide('ended')).body.preview).toBe(true)
    vi.setSystemTime(Date.now() + 11 * 60_000)
    // A browser that goes on sending it is not believed.
    expect(kept).not.toBe('')
    const late = await decide('ended')
    vi.useRealTimers()
    expect(late.body).not.toHaveProperty('preview')
  })

  it('may not carry it to another source', async () => {
    const { exchange, cookie } = browser()
    await exchange(await tokenOf({ segments: ['pro'] }))
    const open = browser(OPEN_KEY, 'https://open.example')
    const answer = await open.post(
      '/v1/decide',
      { anonymousId: 'carried', placements: ['hero'] },
      { cookie: cookie() },
    )
    expect(answer.body).not.toHaveProperty('preview')
  })
})

previewRefusals()
previewCountsNothing()
