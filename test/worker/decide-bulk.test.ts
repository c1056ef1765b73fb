/** One question about a list of people: few trips, each line answered, nothing spent twice. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { app } from '../../worker/app.ts'
import {
  ADMIN_TOKEN,
  admin,
  call,
  fromPage,
  publish,
  records,
  SECRET_KEY,
  withKey,
  WRITE_KEY,
} from './site.ts'
import { bulkCrowds } from './bulk-crowds.ts'
import { site, type Line, type Told, text, ask, actionIn } from './bulk-site.ts'

beforeAll(async () => {
  await publish(await site())
  const batch = Array.from({ length: 300 }, (_, i) => ({
    type: 'identify',
    messageId: `p-${i}`,
    userId: `u${i}`,
    traits: { plan: i % 3 === 0 ? 'pro' : 'free', email: `u${i}@example.com` },
  }))
  expect((await withKey(SECRET_KEY, '/v1/batch', { batch })).status).toBe(200)
})

describe('bulk decide', () => {
  it('answers each line in its order, strangers too, and ends with a sum', async () => {
    const { status, headers, told } = await ask([
      { placements: ['mail'], context: { locale: 'ja' } },
      { user_id: 'u0', ref: 'first' },
      { email: 'u1@example.com' },
      { type: 'user_id', value: 'nobody' },
    ])
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/x-ndjson')
    expect(told.slice(0, 3)).toMatchObject([
      { line: 2, ref: 'first', decisions: { mail: { reason: { policy: 'mail-pros' } } } },
      { line: 3, decisions: { mail: { reason: { policy: 'mail-rest' } } } },
      { line: 4, profileId: null, decisions: { mail: { items: [{ action: 'welcome' }] } } },
    ])
    expect(told[0].profileId).not.toBeNull()
    expect(told.at(-1)).toEqual({ end: { people: 3, unknown: 1, failed: 0 } })
  })

  it('names the lines that are bad, and answers the others', async () => {
    const { status, told } = await ask([
      { placements: ['mail'] },
      'not json',
      { user_id: 'u0' },
      '[]',
      { nothing: 1 },
      { user_id: 'null' },
      { user_id: 'u1', context: 'x' },
      '{"user_id":"u2","context":{"__proto__":{"a":1}}}',
      '',
      { user_id: 'u3', ref: 5 },
      { email: 'u4@example.com' },
    ])
    expect(status).toBe(200)
    const bad = told.filter((one) => 'error' in one)
    expect(bad.map(({ line }) => line)).toEqual([2, 4, 5, 6, 7, 8, 10])
    expect(bad.every(({ error }) => error.code === 'invalid_line')).toBe(true)
    expect(told.filter((one) => 'decisions' in one).map(({ line }) => line)).toEqual([3, 11])
    expect(told.at(-1)).toEqual({ end: { people: 9, unknown: 0, failed: 7 } })
  })

  it('refuses a question that is none', async () => {
    const cases: [Line | string, number, string][] = [
      ['{', 400, 'invalid_json'],
      [{ placements: [] }, 400, 'invalid_body'],
      [{ placements: ['mail'], explain: true }, 400, 'invalid_body'],
      [{ placements: ['mail'], run: 'a b' }, 400, 'invalid_body'],
      [{ placements: ['mail'], at: 'soon' }, 400, 'invalid_body'],
      [{ placements: ['mail'], at: '1' }, 400, 'invalid_body'],
      [{ placements: ['mail'], at: '12/24/2026' }, 400, 'invalid_body'],
      [{ placements: ['nowhere'] }, 404, 'unknown_placement'],
      ['', 400, 'invalid_json'],
    ]
    for (const [question, status, code] of cases) {
      const answer = await ask([question, { user_id: 'u0' }])
      expect([answer.status, answer.body.code], JSON.stringify(question)).toEqual([status, code])
    }
  })

  it('needs the secret key', async () => {
    const lines = [{ placements: ['mail'] }, { user_id: 'u0' }]
    expect((await call('/v1/decide/bulk', { method: 'POST', body: text(lines) })).status).toBe(401)
    expect((await ask(lines, 'wrong')).status).toBe(401)
    expect((await ask(lines, ADMIN_TOKEN)).status).toBe(401)
    const open = await ask(lines, WRITE_KEY)
    expect([open.status, open.body.code]).toEqual([403, 'forbidden'])
  })

  it('takes no more than 10,000 people and 5 MB', async () => {
    const lines = Array.from({ length: 10_002 }, () => '{"user_id":"null"}')
    const { told } = await ask([{ placements: ['mail'] }, ...lines])
    expect(told.at(-2)).toMatchObject({ line: 10_002, error: { code: 'too_many_lines' } })
    expect(told.at(-1)).toEqual({ end: { people: 10_000, unknown: 0, failed: 10_001 } })
    const large = await ask([{ placements: ['mail'] }, 'x'.repeat(5_000_000)])
    expect([large.status, large.body.code]).toEqual([413, 'body_too_large'])
  })

  it('logs each decision, a hundred lines in a row', async () => {
    const people = Array.from({ length: 200 }, (_, i) => ({ user_id: `u${i}` }))
    await ask([{ placements: ['mail'], run: 'logged-run' }, ...people])
    const lines = (await records()).filter(({ messageId }) => messageId.includes('logged-run'))
    expect(lines).toHaveLength(200)
    expect(new Set(lines.map(({ seq }) => seq)).size).toBe(2)
  })

  it('a run that is asked again gets the same, and spends nothing more', async () => {
    const people = [
      { user_id: 'u10' },
      { user_id: 'u11' },
      { user_id: 'u10' },
      { user_id: 'newcomer' },
    ]
    const first = await ask([{ placements: ['coupon'], run: 'spring' }, ...people])
    expect(first.told.slice(0, 4).map((one) => actionIn(one, 'coupon'))).toEqual(
      Array.from({ length: 4 }, () => 'once'),
    )
    const idOf = (told: Told): string => told.decisions.coupon.items[0].decisionId
    expect(idOf(first.told[2])).toBe(idOf(first.told[0]))
    const again = await ask([{ placements: ['coupon'], run: 'spring' }, ...people])
    expect(again.told.slice(0, 4).map(idOf)).toEqual(first.told.slice(0, 4).map(idOf))
    const other = await ask([{ placements: ['coupon'], run: 'summer' }, ...people])
    expect(other.told.slice(0, 4).map((one) => actionIn(one, 'coupon'))).toEqual(
      Array.from({ length: 4 }, () => undefined),
    )
    const served = (await records()).filter(({ event }) => event === '$served')
    expect(served).toHaveLength(3)
  })

  it('twice in one list, under two names, the last one is given once', async () => {
    const people = [{ user_id: 'u20' }, { email: 'u20@example.com' }]
    const { told } = await ask([{ placements: ['coupon'] }, ...people])
    expect(told.slice(0, 2).map((one) => actionIn(one, 'coupon'))).toEqual(['once', undefined])
  })

  it('gives a stock to the first of the list, and something else to the rest', async () => {
    const people = Array.from({ length: 120 }, (_, i) => ({ user_id: `rare-${i}` }))
    const { told } = await ask([{ placements: ['rare'], run: 'rare' }, ...people])
    const actions = told.slice(0, 120).map((one) => actionIn(one, 'rare'))
    expect(actions).toEqual([
      ...Array.from({ length: 60 }, () => 'rare'),
      ...Array.from({ length: 60 }, () => 'welcome'),
    ])
    const again = await ask([{ placements: ['rare'], run: 'rare' }, ...people])
    expect(again.told.slice(0, 120).map((one) => actionIn(one, 'rare'))).toEqual(actions)
    const late = await ask([{ placements: ['rare'] }, { user_id: 'rare-late' }])
    expect(actionIn(late.told[0], 'rare')).toBe('welcome')
    const explained = await withKey(SECRET_KEY, '/v1/decide', {
      userId: 'rare-late',
      placements: ['rare'],
      explain: true,
    })
    expect(explained.body.decisions.rare.explain.policies[0].actions[0]).toMatchObject({
      action: 'rare',
      stoppedBy: 'stock',
    })
  })

  it('what is given again takes nothing more from a stock: the rest is the others’', async () => {
    const question = { placements: ['pair'], run: 'pair' }
    const [kei, yui, ren] = [{ user_id: 'kei' }, { user_id: 'yui' }, { user_id: 'ren' }]
    const first = await ask([question, kei])
    expect(actionIn(first.told[0], 'pair')).toBe('pair')
    const again = await ask([question, kei, yui, ren])
    expect(again.told.slice(0, 3).map((one) => actionIn(one, 'pair'))).toEqual([
      'pair',
      'pair',
      undefined,
    ])
  })

  it('who had what a newer release has no more gets the fallback, not an error for ever', async () => {
    const question = { placements: ['coupon'], run: 'replaced' }
    const people = [{ user_id: 'u40' }, { user_id: 'u41' }]
    const first = await ask([question, people[0] as Line])
    expect(actionIn(first.told[0], 'coupon')).toBe('once')
    const config = await site()
    const actions = (config.actions as { key: string }[]).map((one) =>
      one.key === 'once' ? { ...one, key: 'once-more' } : one,
    )
    const policies = (config.policies as { key: string }[]).map((one) =>
      one.key === 'coupons' ? { ...one, candidates: [{ action: 'once-more' }] } : one,
    )
    await publish({ ...config, actions, policies })
    for (let i = 0; i < 2; i++) {
      const { told } = await ask([question, ...people])
      expect(told).toMatchObject([
        { decisions: { coupon: { items: [], reason: { kind: 'fallback', because: 'degraded' } } } },
        { decisions: { coupon: { items: [{ action: 'once-more' }] } } },
        { end: { people: 2, unknown: expect.any(Number), failed: 0 } },
      ])
    }
    await publish(config)
  })

  it('a look at another moment spends nothing', async () => {
    const question = { placements: ['coupon'], at: '2026-12-24T09:00:00Z' }
    const look = await ask([question, { user_id: 'u30' }])
    expect(actionIn(look.told[0], 'coupon')).toBe('once')
    const real = await ask([{ placements: ['coupon'] }, { user_id: 'u30' }])
    expect(actionIn(real.told[0], 'coupon')).toBe('once')
  })

  it('a stop holds for whoever has not been answered yet, and so does a newer release', async () => {
    const config = await site()
    const people = Array.from({ length: 500 }, (_, i) => ({ user_id: `u${i}` }))
    const meanwhile = async (between: () => Promise<unknown>): Promise<Told[]> => {
      const response = await app.request(
        '/v1/decide/bulk',
        {
          method: 'POST',
          body: text([{ placements: ['mail'] }, ...people]),
          headers: { authorization: `Bearer ${SECRET_KEY}` },
        },
        env,
        createExecutionContext(),
      )
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
      let read = (await reader.read()).value as string
      await between()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) break
        read += value
      }
      return read.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
    }
    const told = await meanwhile(() => admin('/stop', {}, 'POST'))
    expect(actionIn(told[0], 'mail')).toBe('pro-offer')
    expect(told).toHaveLength(501)
    expect(told[499].decisions.mail.reason).toMatchObject({ because: 'stopped' })
    await admin('/resume', {}, 'POST')

    const without = (list: string, key: string) =>
      (config[list as keyof typeof config] as { key: string; placement?: string }[]).filter(
        (one) => one.key !== key && one.placement !== key,
      )
    const cut = await meanwhile(() =>
      publish({
        ...config,
        placements: without('placements', 'mail'),
        policies: without('policies', 'mail'),
      }),
    )
    expect(cut.at(-1)).toMatchObject({ error: { code: 'unknown_placement' } })
    expect(cut.length).toBeLessThan(500)
    await publish(config)
  })

  it('is no page’s to ask', async () => {
    const answer = await fromPage('/v1/decide/bulk', text([{ placements: ['mail'] }]))
    expect(answer.status).toBe(401)
    expect((await admin('/decide/bulk')).status).toBe(404)
  })
})

bulkCrowds()
