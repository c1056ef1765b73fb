/** Placements read as flags, by the letter of OpenFeature's Remote Evaluation Protocol. */
import { env } from 'cloudflare:workers'
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { app } from '../../worker/app.ts'
import { requestDeps } from '../../worker/deps.ts'
import { evaluateFlags } from '../../worker/flow/evaluate.ts'
import { StoreError } from '../../worker/flow/ports.ts'
import {
  admin,
  call,
  configuration,
  fromPage,
  ORIGIN,
  publish,
  records,
  SECRET_KEY,
  withKey,
  WRITE_KEY,
  type Answer,
} from './site.ts'

const FLAGS = '/ofrep/v1/evaluate/flags'

/** The site with placements of every kind of flag. */
async function flagged(): Promise<Record<string, unknown>> {
  const site = (await configuration()) as Record<string, object[]>
  const one = (key: string, text: string) => ({ key, name: key, content: { on: text } })
  return {
    ...site,
    placements: [
      ...(site['placements'] as object[]),
      ...(['string', 'number', 'boolean'] as const).map((type) => ({
        key: `a-${type}`,
        name: type,
        fields: { on: 'text' },
        flag: { type, field: 'on' },
        fallback: { string: 'word', number: 'many', boolean: 'yes' }[type],
      })),
      { key: 'shelf', name: 'Shelf', fields: { headline: 'text' }, flag: { type: 'list' } },
      { key: 'e-mail', name: 'E-mail', fields: { headline: 'text' }, flag: false },
    ],
    actions: [
      ...(site['actions'] as object[]),
      one('word', 'blue'),
      one('many', '4.5'),
      one('yes', 'true'),
    ],
    policies: [
      ...(site['policies'] as object[]),
      {
        key: 'shelf-policy',
        name: 'Shelf',
        placement: 'shelf',
        limit: 2,
        candidates: [{ action: 'arm-a', priority: 2 }, { action: 'arm-b' }],
      },
    ],
  }
}

beforeAll(async () => {
  await publish(await flagged())
})

const ask = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  call(FLAGS + path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  })
const page = { 'x-api-key': WRITE_KEY, origin: ORIGIN }
const server = { authorization: `Bearer ${SECRET_KEY}` }
const forPage = (path: string, context: object, headers = {}) =>
  ask(path, { context }, { ...page, ...headers })
const forServer = (path: string, context: object) => ask(path, { context }, server)
const views = (anonymousId: string, count = 3) =>
  fromPage('/v1/batch', {
    writeKey: WRITE_KEY,
    batch: Array.from({ length: count }, (_, i) => ({
      type: 'track',
      event: 'Product Viewed',
      messageId: `${anonymousId}-${i}`,
      anonymousId,
      properties: { category: 'knitwear' },
    })),
  })

describe('one flag', () => {
  it('is the best item’s content, and to a page that and the decisionId alone', async () => {
    await views('knit')
    const { status, body, headers } = await forPage('/hero', {
      targetingKey: 'knit',
      locale: 'ja-JP',
    })
    expect(status).toBe(200)
    expect(body).toEqual({
      key: 'hero',
      value: { headline: 'あたたかいニット', href: '/knitwear', body: { html: '<b>now</b>' } },
      reason: 'TARGETING_MATCH',
      metadata: { decisionId: expect.stringMatching(/^d1/) },
    })
    expect(headers.get('cache-control')).toBe('private, no-store')
    expect(headers.get('access-control-allow-origin')).toBe(ORIGIN)
    for (const secret of ['knit-policy', 'knit-lover']) {
      expect(JSON.stringify(body)).not.toContain(secret)
    }
  })

  it('tells a server action and policy too', async () => {
    const { body } = await forServer('/hero', { targetingKey: 'knit' })
    expect(body).toMatchObject({ variant: 'knit', reason: 'TARGETING_MATCH' })
    expect(body.metadata).toEqual({
      decisionId: expect.any(String),
      action: 'knit',
      policy: 'knit-policy',
    })
    const { body: split } = await forServer('/slot', { targetingKey: 'knit' })
    expect(split).toMatchObject({ reason: 'SPLIT', variant: expect.stringMatching(/^[ab]$/) })
    const { body: fallback } = await forServer('/hero', { targetingKey: 'nobody-yet' })
    expect(fallback).toMatchObject({
      reason: 'DEFAULT',
      variant: 'welcome',
      metadata: { because: 'no_policy_matched' },
    })
  })

  it.each([
    ['a-string', 'blue'],
    ['a-number', 4.5],
    ['a-boolean', true],
  ])('%s has the type that its placement declares', async (key, value) => {
    const { body } = await forPage(`/${key}`, { targetingKey: 'types' })
    // Nothing but a fallback: the same for everybody.
    expect(body).toMatchObject({ key, value, reason: 'STATIC' })
  })

  it('of a list is every item, each with its decisionId', async () => {
    const { body } = await forPage('/shelf', { targetingKey: 'list' })
    expect(body.value).toEqual([
      { decisionId: expect.any(String), content: { headline: 'A' } },
      { decisionId: expect.any(String), content: { headline: 'B' } },
    ])
    expect(body.value[0].decisionId).toBe(body.metadata.decisionId)
  })

  it('whose placement shows nothing has no value, so that the code’s own default holds', async () => {
    expect((await admin('/stop', {})).status).toBe(200)
    const { status, body } = await forPage('/hero', { targetingKey: 'stopped' })
    await admin('/resume', {})
    expect(status).toBe(200)
    expect(body).toEqual({ key: 'hero', reason: 'DISABLED', metadata: {} })
  })
})

describe('who it is about', () => {
  beforeAll(async () => {
    await withKey(SECRET_KEY, '/v1/identify', {
      userId: 'pro-1',
      anonymousId: 'pros-phone',
      traits: { plan: 'pro', email: 'pro@example.com' },
    })
  })

  it.each([
    ['userId', { userId: 'pro-1' }],
    ['a typed targetingKey', { targetingKey: 'user_id:pro-1' }],
    ['an e-mail in another spelling', { targetingKey: 'email:Pro@Example.com' }],
    ['an anonymousId', { targetingKey: 'pros-phone' }],
    ['the stronger of both', { targetingKey: 'somebody', userId: 'pro-1' }],
  ])('a server names them by %s', async (_, context) => {
    expect((await forServer('/hero', context)).body.variant).toBe('pro-offer')
  })

  it('a page names a device, however it is spelled, and no user without proof', async () => {
    for (const context of [
      { targetingKey: 'user_id:pro-1' },
      { targetingKey: 'email:pro@example.com' },
      { targetingKey: 'guess', userId: 'pro-1' },
      { targetingKey: 'guess', plan: 'pro' },
    ]) {
      expect((await forPage('/hero', context)).body.reason).toBe('DEFAULT')
    }
  })

  it('an exposure of a page’s flag counts for that device alone', async () => {
    const { decisionId } = (await forPage('/hero', { targetingKey: 'mine' })).body.metadata
    const report = (anonymousId: string) =>
      fromPage('/v1/track', {
        writeKey: WRITE_KEY,
        anonymousId,
        event: '$impression',
        properties: { decisionId },
      })
    expect((await report('another')).body.code).toBe('invalid_decision_id')
    expect((await report('mine')).status).toBe(200)
  })
})

describe('errors', () => {
  const cases: [name: string, path: string, body: unknown, status: number, code: string][] = [
    ['broken JSON', '/hero', '{"context":', 400, 'PARSE_ERROR'],
    ['an array', '/hero', '[]', 400, 'PARSE_ERROR'],
    ['too much', '/hero', { context: { a: 'x'.repeat(600_000) } }, 400, 'PARSE_ERROR'],
    ['no body', '/hero', '', 400, 'TARGETING_KEY_MISSING'],
    ['no context', '/hero', {}, 400, 'TARGETING_KEY_MISSING'],
    ['nobody', '/hero', { context: { plan: 'pro' } }, 400, 'TARGETING_KEY_MISSING'],
    ['nobody in bulk', '', { context: {} }, 400, 'TARGETING_KEY_MISSING'],
    ['an empty key', '', { context: { targetingKey: '' } }, 400, 'TARGETING_KEY_MISSING'],
    ['a list as context', '/hero', { context: ['a'] }, 400, 'INVALID_CONTEXT'],
    ['a text as context', '', { context: 'a' }, 400, 'INVALID_CONTEXT'],
    ['a number as key', '/hero', { context: { targetingKey: 7 } }, 400, 'INVALID_CONTEXT'],
    ['a word for nobody', '/hero', { context: { targetingKey: 'null' } }, 400, 'INVALID_CONTEXT'],
    [
      'a forged token',
      '/hero',
      { context: { targetingKey: 'a', userId: 'pro-1', token: 'a.b.c' } },
      400,
      'INVALID_CONTEXT',
    ],
    [
      'a key that no object may have',
      '',
      '{"context":{"targetingKey":"a","__proto__":{"b":1}}}',
      400,
      'INVALID_CONTEXT',
    ],
    ['an unknown flag', '/nowhere', { context: { targetingKey: 'a' } }, 404, 'FLAG_NOT_FOUND'],
    ['one that is no flag', '/e-mail', { context: { targetingKey: 'a' } }, 404, 'FLAG_NOT_FOUND'],
    ['a name of Object’s', '/__proto__', { context: { targetingKey: 'a' } }, 404, 'FLAG_NOT_FOUND'],
  ]
  it.each(cases)('%s', async (_, path, body, status, errorCode) => {
    const before = (await records()).length
    const answer = await ask(path, body, page)
    expect([answer.status, answer.body.errorCode]).toEqual([status, errorCode])
    expect(answer.body.key).toBe(path === '' ? undefined : path.slice(1))
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN)
    expect((await records()).length).toBe(before)
  })

  it('no key, wrong key, an origin that is not the source’s', async () => {
    const body = { context: { targetingKey: 'a' } }
    expect((await ask('/hero', body)).status).toBe(401)
    const wrong = await ask('/hero', body, { 'x-api-key': 'wk_wrong' })
    expect([wrong.status, wrong.body.errorDetails]).toEqual([
      401,
      'unknown_write_key: no source of the active release has this key',
    ])
    expect((await ask('', body, { authorization: 'Bearer wk_demo' })).status).toBe(401)
    const other = await ask('', body, { 'x-api-key': WRITE_KEY, origin: 'https://evil.example' })
    expect(other.status).toBe(403)
    expect(other.headers.get('access-control-allow-origin')).toBeNull()
    expect(other.body).toMatchObject({ errorCode: 'GENERAL' })
  })

  it('too many are told when to come again', async () => {
    const ctx = createExecutionContext()
    const limited = { ...env, RATE_LIMIT: { limit: async () => ({ success: false }) } }
    const response = await app.fetch(
      new Request(`https://tsugi.example${FLAGS}`, {
        method: 'POST',
        body: '{"context":{"targetingKey":"a"}}',
        headers: page,
      }),
      limited,
      ctx,
    )
    await waitOnExecutionContext(ctx)
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('1')
  })

  it('a preflight allows what the providers send', async () => {
    const { status, headers } = await call(FLAGS, {
      method: 'OPTIONS',
      headers: { origin: ORIGIN },
    })
    expect(status).toBe(204)
    const allowed = headers.get('access-control-allow-headers')?.split(', ')
    expect(allowed).toEqual(
      expect.arrayContaining(['authorization', 'content-type', 'if-none-match', 'x-api-key']),
    )
  })
})

describe('all flags at once', () => {
  const bulk = (targetingKey: string, headers: Record<string, string> = {}) =>
    forPage('', { targetingKey }, headers)

  it('are the same as each by itself, in one trip', async () => {
    // A release that is older than some seconds is refreshed by whoever comes: a trip of its own.
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    await views('bulk')
    const spy = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const { body } = await bulk('bulk')
    const line = JSON.parse(spy.mock.calls.at(-1)?.[0] as string) as { trips: number }
    spy.mockRestore()
    expect(line.trips).toBe(1)
    const keys = ['hero', 'slot', 'a-string', 'a-number', 'a-boolean', 'shelf']
    expect(body.flags.map(({ key }: { key: string }) => key)).toEqual(keys)
    expect(body.metadata).toEqual({ epoch: expect.any(Number) })
    for (const flag of body.flags) {
      const single = (await forPage(`/${flag.key}`, { targetingKey: 'bulk' })).body
      const without = (evaluation: object) =>
        JSON.parse(JSON.stringify(evaluation, (k, v) => (k === 'decisionId' ? 'id' : v)))
      expect(without(single)).toEqual(without(flag))
    }
  })

  it('have an ETag that outlives decisionIds, and a 304 for whoever has it', async () => {
    const first = await bulk('etag')
    const second = await bulk('etag')
    const id = (answer: Answer) => answer.body.flags[0].metadata.decisionId as string
    expect(id(second)).not.toBe(id(first))
    const tag = first.headers.get('etag') as string
    expect(tag).toMatch(/^W\/"[0-9a-f]{32}"$/)
    expect(second.headers.get('etag')).toBe(tag)
    for (const header of [tag, tag.slice(2), `"other", ${tag}`, '*']) {
      const same = await bulk('etag', { 'if-none-match': header })
      expect([same.status, same.body, same.headers.get('etag')]).toEqual([304, '', tag])
      expect(same.headers.get('access-control-expose-headers')).toContain('etag')
    }
    expect((await bulk('etag', { 'if-none-match': 'W/"0"' })).status).toBe(200)
  })

  it('have another ETag for another person, content or day', async () => {
    const tagOf = async (key: string) => (await bulk(key)).headers.get('etag')
    const tag = await tagOf('changes')
    expect(await tagOf('changed')).not.toBe(tag)
    vi.setSystemTime(Date.now() + 86_400_000)
    const tomorrow = await tagOf('changes')
    vi.useRealTimers()
    expect(tomorrow).not.toBe(tag)
    await views('changes')
    expect((await bulk('changes', { 'if-none-match': tag as string })).status).toBe(200)
    expect(await tagOf('changes')).not.toBe(tag)
  })

  it('promise nothing of which there are only so many: asked for alone it is taken', async () => {
    const site = (await flagged()) as Record<string, object[]>
    const both = (make: (key: string) => object) => ['last-a', 'last-b'].map(make)
    await publish({
      ...site,
      placements: both((key) => ({ key, name: key, fields: { headline: 'text' } })),
      actions: [
        { key: 'last', name: 'Last', content: { headline: 'last' }, stock: 1 },
        { key: 'plenty', name: 'Plenty', content: { headline: 'plenty' } },
      ],
      policies: both((key) => ({
        key,
        name: key,
        placement: key,
        candidates: [{ action: 'last', priority: 1 }, { action: 'plenty' }],
      })),
    })
    const inBulk = async () => {
      const { body } = await forPage('', { targetingKey: 'last' })
      return (body.flags as { key: string; value: unknown }[])
        .filter(({ key }) => key.startsWith('last-'))
        .map(({ value }) => value)
    }
    const alone = async (key: string) =>
      (await forPage(`/${key}`, { targetingKey: 'last' })).body.value
    const before = await inBulk()
    const taken = [await alone('last-a'), await alone('last-b')]
    const after = await inBulk()
    await publish(site)
    expect(before).toEqual([{ headline: 'plenty' }, { headline: 'plenty' }])
    expect(taken).toEqual([{ headline: 'last' }, { headline: 'plenty' }])
    expect(after).toEqual(before)
  })

  it('spend nothing: no record, however often they are asked for', async () => {
    const before = (await records()).length
    for (let i = 0; i < 3; i++) await bulk('free')
    expect((await records()).length).toBe(before)
  })

  it('come as fallbacks without an ETag when the store is down', async () => {
    const ctx = createExecutionContext()
    const deps = requestDeps(env, ctx)
    const release = await deps.releases.current()
    const source = release?.sourceByWriteKey.get(WRITE_KEY)
    if (release == null || source === undefined) throw new Error('nothing is published')
    const store = { ...deps.store, load: () => Promise.reject(new StoreError('down')) }
    const result = await evaluateFlags(
      { ...deps, store },
      {
        release,
        source,
        trusted: false,
        context: { targetingKey: 'down' },
        requestId: 'r',
        receivedAtMs: Date.now(),
        budgetMs: 1000,
        bytes: 10,
      },
    )
    await waitOnExecutionContext(ctx)
    expect(result).toMatchObject({ ok: true, value: { degraded: true } })
    if (!result.ok) return
    expect(result.value.flags[0]).toMatchObject({
      value: { headline: 'Welcome' },
      reason: 'DEFAULT',
      metadata: { degraded: true },
    })
    // Without a fallback there is no value, and the code's own default holds.
    expect(result.value.flags[1]).not.toHaveProperty('value')
  })
})
