/** Preview links: one browser sees what it would not get, and nothing of that counts. */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { decisionSeal } from '../../worker/http/decision-seal.ts'
import { ticketSeal } from '../../worker/http/preview-seal.ts'
import {
  admin,
  call,
  configuration,
  fromPage,
  OPEN_KEY,
  ORIGIN,
  profileOf,
  publish,
  records,
  SECRET_KEY,
  withKey,
  WRITE_KEY,
  type Answer,
} from './site.ts'

beforeAll(async () => {
  await publish(await configuration())
})

const PAGE = `${ORIGIN}/knitwear?size=m%20l&tag=a+b#top`
const link = (body: object) => admin('/preview-links', { url: PAGE, ...body })
const tokenOf = async (body: object): Promise<string> => {
  const { status, body: made } = await link(body)
  if (status !== 201) throw new Error(JSON.stringify(made))
  return made.token
}

/** A browser: what it sends, and the cookie it keeps. */
function browser(writeKey = WRITE_KEY, origin = ORIGIN) {
  let cookie = ''
  const post = async (path: string, body: object, headers: object = {}): Promise<Answer> => {
    const answer = await call(path, {
      method: 'POST',
      body: JSON.stringify({ writeKey, ...body }),
      headers: { 'content-type': 'text/plain', origin, ...(cookie && { cookie }), ...headers },
    })
    const set = answer.headers.getSetCookie().find((text) => text.startsWith('tsugi_preview='))
    if (set !== undefined) cookie = /Max-Age=0/i.test(set) ? '' : (set.split(';')[0] as string)
    return answer
  }
  const decide = (anonymousId: string, more: object = {}) =>
    post('/v1/decide', { anonymousId, placements: ['hero', 'slot'], ...more })
  return {
    post,
    decide,
    exchange: (token: string, headers: object = {}) => post('/v1/preview', { token }, headers),
    cookie: () => cookie,
  }
}

const titles = ({ body }: Answer): (string | undefined)[] =>
  ['hero', 'slot'].map((key) => body.decisions[key].items[0]?.content.headline)

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

describe('a token that does not open', () => {
  const refusal = async (answer: Promise<Answer>): Promise<string> => {
    const { status, body, headers } = await answer
    expect([status, body.code]).toEqual([400, 'invalid_preview_link'])
    expect(headers.getSetCookie()).toEqual([])
    return body.detail
  }
  const ticket = {
    id: 'forged',
    source: 'site',
    untilMs: Date.now() + 1000_000,
    forced: { actions: {}, arms: {}, segments: ['pro'], atMs: null },
  }

  it('is one that was changed, made up, or sealed for something else', async () => {
    const token = await tokenOf({ segments: ['pro'] })
    const changed = [...token]
    changed[40] = changed[40] === 'A' ? 'B' : 'A'
    const { SIGNING_KEY } = env as unknown as { SIGNING_KEY: string }
    const { decisionId } = (await browser().decide('d')).body.decisions.hero.items[0]
    for (const bad of [
      changed.join(''),
      token.slice(0, -1),
      `${token}A`,
      'd1',
      '',
      'x'.repeat(1000),
      decisionId,
      // The cookie of a session is no link.
      ticketSeal(SIGNING_KEY, 'cookie').seal(ticket) as string,
    ]) {
      expect(await refusal(browser().exchange(bad))).toMatch(/no link of this deployment/)
    }
  })

  it('is another deployment’s', async () => {
    const seal = ticketSeal('another-signing-key-of-32-bytes-or-more', 'link')
    const foreign = seal.seal(ticket) as string
    expect(await refusal(browser().exchange(foreign))).toMatch(/no link of this deployment/)
  })

  it('is another source’s', async () => {
    const token = await tokenOf({ segments: ['pro'] })
    const open = browser(OPEN_KEY, 'https://open.example')
    expect(await refusal(open.exchange(token))).toMatch(/another source/)
    // And it is not spent by the attempt.
    expect((await browser().exchange(token)).status).toBe(200)
  })

  it('has expired', async () => {
    const token = await tokenOf({ segments: ['pro'], expires: '1h' })
    vi.setSystemTime(Date.now() + 3_600_001)
    const detail = await refusal(browser().exchange(token))
    vi.useRealTimers()
    expect(detail).toMatch(/expired/)
  })

  it('was used: it opens in one browser, which may load its page again', async () => {
    const token = await tokenOf({ segments: ['pro'] })
    const { exchange } = browser()
    expect((await exchange(token)).status).toBe(200)
    expect((await exchange(token)).status).toBe(200)
    expect(await refusal(browser().exchange(token))).toMatch(/used already/)
  })

  it('of twenty browsers at once opens in exactly one', async () => {
    const token = await tokenOf({ segments: ['pro'] })
    const answers = await Promise.all(Array.from({ length: 20 }, () => browser().exchange(token)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('comes without a key, with a wrong one, from elsewhere, from a server', async () => {
    const token = await tokenOf({ segments: ['pro'] })
    const codes = await Promise.all([
      call('/v1/preview', { method: 'POST', body: JSON.stringify({ token }) }),
      browser('wk_wrong').exchange(token),
      browser(WRITE_KEY, 'https://evil.example').exchange(token),
      withKey(SECRET_KEY, '/v1/preview', { token }),
      browser().post('/v1/preview', { token: 7 }),
      browser().post('/v1/preview', {}),
      browser().post('/v1/preview', { token: 'x'.repeat(5000) }),
      browser().post('/v1/preview', { token: 'x'.repeat(50_000) }),
    ])
    expect(codes.map(({ body }) => body.code)).toEqual([
      'unauthorized',
      'unknown_write_key',
      'origin_not_allowed',
      'forbidden',
      'invalid_body',
      'invalid_body',
      'invalid_body',
      'body_too_large',
    ])
  })

  it('as a cookie is as good as none', async () => {
    const token = await tokenOf({ segments: ['pro'] })
    for (const value of [token, 'd1', 'x', ticketSeal('x'.repeat(32), 'cookie').seal(ticket)]) {
      const answer = await browser().post(
        '/v1/decide',
        { anonymousId: 'c', placements: ['hero'] },
        { cookie: `tsugi_preview=${value}` },
      )
      expect([answer.status, answer.body.preview]).toEqual([200, undefined])
    }
  })
})

describe('nothing of a preview counts', () => {
  const view = (anonymousId: string, messageId: string) => ({
    type: 'track',
    event: 'Product Viewed',
    messageId,
    anonymousId,
    properties: { category: 'knitwear' },
  })
  const logged = async (messageId: string) =>
    (await records()).filter((record) => record.messageId === messageId)

  it('neither events of a batch nor those that come with a question', async () => {
    const { exchange, decide, post } = browser()
    await post('/v1/batch', { batch: [view('ro', 'ro-1')] })
    const before = (await profileOf('anonymous_id', 'ro')).body
    await exchange(await tokenOf({ segments: ['pro'] }))
    const sent = await post('/v1/batch', {
      anonymousId: 'ro',
      device: 'fresh',
      batch: [
        view('ro', 'ro-2'),
        { ...view('ro', 'ro-3'), type: 'identify', traits: { plan: 'x' } },
      ],
    })
    expect(sent.body).toMatchObject({ accepted: 2, rejected: [] })
    // A preview neither reads nor writes who this device is.
    expect(sent.headers.getSetCookie()).toEqual([])
    const answer = await decide('ro', { device: 'kept', events: [view('ro', 'ro-4')] })
    expect(answer.body.acked).toEqual(['ro-4'])
    expect(answer.headers.getSetCookie()).toEqual([])
    await post('/v1/track', view('ro', 'ro-5'))
    expect((await profileOf('anonymous_id', 'ro')).body).toEqual(before)
    for (const messageId of ['ro-2', 'ro-3', 'ro-4', 'ro-5']) {
      const [record, ...more] = await logged(messageId)
      expect(record).toMatchObject({ preview: true, profileId: before.profileId })
      expect(more).toEqual([])
    }
    expect((await logged('ro-1'))[0]).not.toHaveProperty('preview')
  })

  it('nor are strangers made of it', async () => {
    const { exchange, post } = browser()
    await exchange(await tokenOf({ segments: ['pro'] }))
    await post('/v1/batch', { batch: [view('nobody', 'nobody-1')] })
    expect((await profileOf('anonymous_id', 'nobody')).status).toBe(404)
    expect((await logged('nobody-1'))[0]).toMatchObject({ preview: true, profileId: null })
  })

  it('nor impressions of what it showed, even once the cookie is gone', async () => {
    const { exchange, decide } = browser()
    await exchange(await tokenOf({ segments: ['knit-lover'] }))
    const answer = await decide('imp')
    const { decisionId } = answer.body.decisions.hero.items[0]
    const report = await fromPage('/v1/track', {
      writeKey: WRITE_KEY,
      anonymousId: 'imp',
      event: '$impression',
      properties: { decisionId },
    })
    expect(report.status).toBe(200)
    expect((await profileOf('anonymous_id', 'imp')).status).toBe(404)
    const [record] = (await records()).filter(
      ({ properties }) => (properties as { decisionId?: string })?.decisionId === decisionId,
    )
    expect(record).toMatchObject({ preview: true, event: '$impression' })
    expect(record?.['properties']).toMatchObject({ action: 'knit' })
    expect(record?.['properties']).not.toHaveProperty('preview')
  })

  it('nor is its answer kept for when it has ended', async () => {
    const { exchange, decide, post } = browser()
    await exchange(await tokenOf({ segments: ['pro'] }))
    const requestId = 'same-question-1'
    expect(titles(await decide('kept', { requestId }))[0]).toBe('For pros')
    await post('/v1/preview', { end: true })
    const after = await decide('kept', { requestId })
    expect(titles(after)[0]).toBe('Welcome')
    const { SIGNING_KEY } = env as unknown as { SIGNING_KEY: string }
    const claim = decisionSeal(SIGNING_KEY).open(after.body.decisions.hero.items[0].decisionId)
    expect(claim).not.toHaveProperty('preview')
  })
})
