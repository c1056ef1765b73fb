/** The log of decisions, and what is told from it: why one of them came out as it did. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../worker/contract/message.ts'
import type { WhyAnswer } from '../../worker/contract/why.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import worker from '../../worker/index.ts'
import { decisionSeal } from '../../worker/http/decision-seal.ts'
import type { Env } from '../../worker/env.ts'
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
import { action, ONCE_EACH, placement, policy, siteWith } from './site-parts.ts'

const world = (workspace: object = {}) =>
  siteWith({
    workspace,
    placements: [
      ...['ranked', 'second', 'outdoors', 'shelf', 'held'].map((key) =>
        placement(key, { name: key.toUpperCase() }),
      ),
      placement('coupon', { name: 'COUPON', fallback: 'welcome' }),
    ],
    actions: [
      action('low', { name: 'Low', attributes: { margin: 1 } }),
      action('high', {
        name: 'High',
        names: { ja: '高いもの', en: 'The higher' },
        attributes: { margin: 9 },
      }),
      action('pros-only', {
        name: 'Pros only',
        attributes: { margin: 99 },
        when: { segment: 'pro' },
      }),
      action('under-a-roof', { name: 'Under a roof', when: { context: 'weather', eq: 'rain' } }),
      action('once', { name: 'Once', ...ONCE_EACH }),
    ],
    policies: [
      policy('by-margin', 'ranked', [], {
        name: 'By margin',
        candidates: [{ action: 'low' }, { action: 'high' }, { action: 'pros-only' }],
        formula: 'action.margin * profile.traits.?loves.orValue(1.0)',
      }),
      policy('the-rest', 'second', ['high', 'low'], { name: 'The rest' }),
      policy('list', 'shelf', ['low', 'high'], { name: 'List', limit: 20 }),
      policy('holding', 'held', ['welcome'], { name: 'Holding', holdout: { share: 0.99 } }),
      policy('outside', 'outdoors', ['under-a-roof', 'low'], { name: 'Outside' }),
      policy('coupons', 'coupon', ['once'], { name: 'Coupons' }),
    ],
  })
beforeAll(async () => void (await publish(await world())))

const ask = (placements: readonly string[], over: object = {}) =>
  withKey(SECRET_KEY, '/v1/decide', { anonymousId: 'kei', placements, ...over })
const idIn = (answer: Awaited<ReturnType<typeof ask>>, placement: string): string =>
  answer.body.decisions[placement].items[0].decisionId
const whyOf = async (decisionId: string): Promise<WhyAnswer> => {
  const { status, body } = await admin(`/decisions/${decisionId}/why`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body as WhyAnswer
}
const logged = async () => (await records()).filter(({ type }) => type === '$decision')

async function scheduled(): Promise<void> {
  const ctx = createExecutionContext()
  const controller = { cron: '', scheduledTime: 0, noRetry: () => undefined }
  await worker.scheduled(controller, env, ctx)
  await waitOnExecutionContext(ctx)
}

/** The record of a question as one a placement, of which the first has the line of the first form. */
async function logAsBefore(requestId: string): Promise<void> {
  const database = (env as unknown as Env).DB
  const { results } = await database
    .prepare('SELECT seq, body FROM outbox WHERE instr(body, ?)')
    .bind(requestId)
    .all<{ readonly seq: number; readonly body: string }>()
  for (const { seq, body } of results) {
    const { records: all } = JSON.parse(body) as { readonly records: readonly EventRecord[] }
    const asBefore = all.flatMap((record): EventRecord[] => {
      if (!record.messageId.includes(requestId)) return [record]
      const { decisions, line } = record.properties as unknown as LoggedQuestion
      const idOf = (placement: string) => record.messageId.replace('@', `:${placement}:0@`)
      const { splitKey, order, values } = line
      const first = idOf(decisions[0]?.placement as string)
      return decisions.map(({ placement, policy, action, reason }, i) => ({
        ...record,
        messageId: idOf(placement),
        properties: {
          ...{ decision: `${requestId}::${placement}:0`, placement, policy, action, reason },
          ...{ actions: [action], arm: null, propensity: 1, model: 0, leaf: '' },
          ...{ candidates: [action], experiments: null },
          ...(i > 0
            ? { lineIn: first }
            : {
                line: {
                  ...{ v: 1, epoch: record.epoch, nowMs: record.timestampMs, splitKey },
                  ...{ language: '', bot: false, atMost: null, identified: true },
                  placements: decisions.map((one) => one.placement),
                  answers: { order, values },
                },
                replayable: true,
              }),
        },
      }))
    })
    await database
      .prepare('UPDATE outbox SET body = ? WHERE seq = ?')
      .bind(JSON.stringify({ v: 1, records: asBefore }), seq)
      .run()
  }
}

interface LoggedQuestion {
  readonly decisions: readonly Readonly<
    Record<'placement' | 'policy' | 'action' | 'reason', string>
  >[]
  readonly line: {
    readonly splitKey: string
    readonly order: string
    readonly values: readonly number[]
  }
}

describe('the log', () => {
  it('has a record of each question, of which the usual is left out', async () => {
    await ask(['ranked', 'second'], { requestId: 'logged-once' })
    const lines = (await logged()).filter(({ messageId }) => messageId.includes('logged-once'))
    expect(lines).toMatchObject([
      { source: 'site', messageId: expect.stringMatching(/^\$decision:logged-once:@\d+$/) },
    ])
    expect(lines[0]?.['properties']).toEqual({
      question: 'logged-once:',
      decisions: [
        {
          placement: 'ranked',
          policy: 'by-margin',
          action: 'high',
          reason: 'formula',
          candidates: ['high', 'low'],
        },
        { placement: 'second', policy: 'the-rest', action: 'low', reason: 'priority' },
      ],
      line: { v: 2, splitKey: 'anonymous_id:kei', order: expect.any(String), values: [9, 1] },
    })
  })

  it('has one of each placement where they are decided apart: flags', async () => {
    const flag = await withKey(SECRET_KEY, '/ofrep/v1/evaluate/flags/ranked', {
      context: { targetingKey: 'kei' },
    })
    expect(flag.status, JSON.stringify(flag.body)).toBe(200)
    const line = (await logged()).at(-1)
    expect(line?.messageId).toMatch(/:ranked:0@\d+$/)
    expect(line?.['properties']).toMatchObject({ decisions: [{ placement: 'ranked' }] })
    const { decisionId } = flag.body.metadata
    expect(await whyOf(decisionId)).toMatchObject({ replay: 'same', shown: ['high'] })
  })

  it('goes with the commit where something is reserved, and once', async () => {
    const answer = await ask(['coupon'], { anonymousId: 'saver', requestId: 'a-coupon-of-kei' })
    const [line] = (await logged()).filter(({ messageId }) => messageId.includes('a-coupon'))
    expect(line).toMatchObject({
      properties: { decisions: [{ action: 'once', policy: 'coupons' }] },
    })
    expect(line?.['profileId']).not.toBeNull()
    const served = (await records()).find(({ event }) => event === '$served')
    expect(served?.seq).toBe(line?.seq)
    // The same question again, of another isolate: given again, not logged again.
    await ask(['coupon'], { anonymousId: 'saver', requestId: 'a-coupon-of-kei', context: {} })
    const lines = (await logged()).filter(({ messageId }) => messageId.includes('a-coupon'))
    expect(lines).toHaveLength(1)
    expect((await whyOf(idIn(answer, 'coupon'))).replay).toBe('same')
  })

  it('is not kept of what is no serving: another moment, a look at why, a program', async () => {
    const before = (await logged()).length
    await ask(['ranked'], { at: '2026-01-01T00:00:00Z' })
    await ask(['ranked'], { explain: true })
    await ask(['ranked'], { context: { bot: true } })
    expect((await logged()).length).toBe(before)
  })
})

describe('why', () => {
  it('decides again from the line: what was chosen, what was not and by which gate', async () => {
    const answer = await ask(['ranked', 'second'], { requestId: 'why-of-two' })
    const first = await whyOf(idIn(answer, 'ranked'))
    expect(first).toMatchObject({
      placement: 'ranked',
      action: 'high',
      replay: 'same',
      shown: ['high'],
      reason: { kind: 'formula', policy: 'by-margin' },
      release: 1,
      expired: false,
      names: { actions: { high: 'High' }, policies: { 'by-margin': 'By margin' } },
    })
    expect(first.policies).toMatchObject([
      {
        policy: 'by-margin',
        passed: true,
        actions: [
          { action: 'pros-only', stoppedBy: 'eligibility', detail: 'segment pro' },
          { action: 'high', chosen: true, score: 9 },
          { action: 'low', chosen: false, stoppedBy: 'outranked' },
        ],
      },
    ])
    // The same line, which is the question's.
    const second = await whyOf(idIn(answer, 'second'))
    expect(second).toMatchObject({ replay: 'same', shown: ['low'] })
    expect(second.policies[0]?.actions).toMatchObject([
      { action: 'high', stoppedBy: 'excluded' },
      { action: 'low', chosen: true },
    ])
  })

  it('tells names in the language that is asked for, else as they stand', async () => {
    const id = idIn(await ask(['ranked'], { requestId: 'why-in-japanese' }), 'ranked')
    const namesIn = async (query: string) => {
      const { status, body } = await admin(`/decisions/${id}/why${query}`)
      expect(status).toBe(200)
      return (body as WhyAnswer).names
    }
    const own = await namesIn('')
    expect(own.actions).toMatchObject({ high: 'High', low: 'Low' })
    expect(own).toMatchObject({ policies: { 'by-margin': 'By margin' }, arms: {}, splitArms: {} })
    const japanese = await namesIn('?language=ja')
    expect(japanese).toEqual({ ...own, actions: { ...own.actions, high: '高いもの' } })
    expect((await namesIn('?language=en')).actions['high']).toBe('The higher')
    expect(await namesIn('?language=fr')).toEqual(own)
    for (const wrong of ['', 'ja-JP', 'JA', '__proto__', 'constructor', '日本', 'ja%00']) {
      const { status, body } = await admin(`/decisions/${id}/why?language=${wrong}`)
      expect([status, body.code, body.field], wrong).toEqual([400, 'invalid_body', 'language'])
    }
  })

  it('is the only one who tells names: no answer to a page or a server has any', async () => {
    const question = { anonymousId: 'kei', placements: ['ranked'], context: { locale: 'ja' } }
    const page = await fromPage('/v1/decide', { writeKey: WRITE_KEY, ...question })
    const server = await withKey(SECRET_KEY, '/v1/decide', { ...question, explain: true })
    for (const { status, body } of [page, server]) {
      expect(status).toBe(200)
      const text = JSON.stringify(body)
      expect(text).toContain('high')
      for (const name of ['高いもの', 'The higher', 'High']) expect(text).not.toContain(name)
    }
  })

  it('is the same after the line went to a file, and under the release of then', async () => {
    const asked = await ask(['hero'], { requestId: 'soon-in-a-file' })
    const id = idIn(asked, 'hero')
    const before = await whyOf(id)
    expect(before).toMatchObject({ replay: 'same', reason: { because: 'no_policy_matched' } })
    expect(before.policies[0]).toMatchObject({
      stoppedBy: 'audience',
      detail: 'segment knit-lover',
    })
    await scheduled()
    expect(await logged()).toEqual([])
    const config = await world()
    await publish({ ...config, policies: [] })
    expect(await whyOf(id)).toEqual(before)
    await publish(config)
  })

  it('reads what was logged when a record was of one placement', async () => {
    const asked = await ask(['ranked', 'second'], { requestId: 'logged-before' })
    const now = await whyOf(idIn(asked, 'second'))
    await logAsBefore('logged-before')
    const before = (await logged()).filter(({ messageId }) => messageId.includes('logged-before'))
    expect(before.map(({ properties }) => (properties as JsonObject)['placement'])).toEqual([
      'ranked',
      'second',
    ])
    expect(now.replay).toBe('same')
    expect(await whyOf(idIn(asked, 'second'))).toEqual(now)
  })

  it('knows apart what was asked in one moment under one id: other placements, and a list twice', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const bulk = [
      { placements: ['outdoors'], run: 'one-moment' },
      { user_id: 'twice', context: { weather: 'rain' } },
      { user_id: 'twice', context: { weather: 'sun' } },
    ]
    const [first, second, list] = await Promise.all([
      ask(['ranked'], { requestId: 'one-moment' }),
      ask(['second'], { requestId: 'one-moment' }),
      call('/v1/decide/bulk', {
        method: 'POST',
        body: bulk.map((line) => JSON.stringify(line)).join('\n'),
        headers: { authorization: `Bearer ${SECRET_KEY}` },
      }),
    ])
    vi.useRealTimers()
    const ids = (await logged()).map(({ messageId }) => messageId)
    const sameIds = ids.filter((id) => id.includes('one-moment'))
    expect([sameIds.length, new Set(sameIds).size]).toEqual([4, 2])
    const [rain, sun] = (list.body as string).split('\n').map((line) => JSON.parse(line || 'null'))
    for (const [answer, placement, action] of [
      [first, 'ranked', 'high'],
      [second, 'second', 'high'],
      [{ body: rain }, 'outdoors', 'under-a-roof'],
      [{ body: sun }, 'outdoors', 'low'],
    ] as const) {
      const told = await whyOf(answer.body.decisions[placement].items[0].decisionId)
      expect(told).toMatchObject({ action, replay: 'same', shown: [action] })
    }
  })

  it('is told of any place of a list, of what a holdout kept away, and from a file too', async () => {
    const requestId = 'r:~.:::0:held:0'
    const { body } = await ask(['shelf', 'held'], { requestId, anonymousId: 'held-1' })
    const places = body.decisions.shelf.items as { decisionId: string }[]
    expect(places).toHaveLength(2)
    const ids = [...places.map(({ decisionId }) => decisionId), body.decisions.held.decisionId]
    const tell = async () => Promise.all(ids.map(whyOf))
    const told = await tell()
    expect(told).toMatchObject([
      { action: 'low', position: 0, replay: 'same', shown: ['low', 'high'] },
      { action: 'high', position: 1, replay: 'same', shown: ['low', 'high'] },
      { action: null, policy: 'holding', replay: 'same', shown: [], instead: ['welcome'] },
    ])
    await scheduled()
    expect(await logged()).toEqual([])
    expect(await tell()).toEqual(told)
  })

  it('says so where the log is not what was decided', async () => {
    const asked = await ask(['ranked'], { requestId: 'told-otherwise' })
    await (env as unknown as Env).DB.prepare(
      `UPDATE outbox SET body = replace(body, '"action":"high"', '"action":"low"')`,
    ).run()
    expect(await whyOf(idIn(asked, 'ranked'))).toMatchObject({ replay: 'different' })
  })

  it('says so where the log has no line', async () => {
    const asked = await ask(['ranked'], { requestId: 'not-to-be-found' })
    await (env as unknown as Env).DB.prepare('DELETE FROM outbox').run()
    expect(await whyOf(idIn(asked, 'ranked'))).toMatchObject({
      replay: 'not_logged',
      placement: 'ranked',
      action: 'high',
      reason: null,
    })
  })

  it('says so where too much was read to be logged', async () => {
    const context = { locale: 'x'.repeat(5000) }
    const asked = await ask(['ranked'], { requestId: 'a-long-language', context })
    expect(await whyOf(idIn(asked, 'ranked'))).toMatchObject({
      replay: 'not_replayable',
      shown: ['high'],
    })
  })

  it('logs the share that is asked for, by lot', async () => {
    await publish(await world({ decisionLog: { share: 0.5 } }))
    const before = (await logged()).length
    for (let i = 0; i < 60; i++) await ask(['ranked'], { requestId: `one-of-sixty-${i}` })
    const share = ((await logged()).length - before) / 60
    // Fixed ids, so a fixed lot: it is a half within five deviations anyway.
    expect(share).toBeGreaterThan(0.18)
    expect(share).toBeLessThan(0.82)
    await publish(await world({ decisionLog: { share: 0 } }))
    const none = (await logged()).length
    await ask(['ranked'], { requestId: 'one-of-no-share' })
    expect((await logged()).length).toBe(none)
    await publish(await world())
  })
})

describe('why, for whom it is not', () => {
  it('needs the admin token', async () => {
    const id = idIn(await ask(['ranked']), 'ranked')
    const path = `/admin/v1/decisions/${id}/why`
    expect((await call(path)).status).toBe(401)
    for (const key of ['wrong', SECRET_KEY, WRITE_KEY]) {
      const answer = await call(path, { headers: { authorization: `Bearer ${key}` } })
      expect(answer.status, key).toBe(401)
    }
    const answer = await call(path, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })
    expect(answer.status).toBe(200)
  })

  it('opens nothing that was not sealed here', async () => {
    const id = idIn(await ask(['ranked']), 'ranked')
    const forged = await decisionSeal('another-key-of-thirty-two-bytes-or-more').seal({
      id: 'a:b:ranked:0',
      asker: null,
      placement: 'ranked',
      policy: null,
      action: null,
      arm: null,
      propensity: 1,
      model: 0,
      leaf: '',
      epoch: 1,
      atMs: 0,
      position: 0,
      experiments: null,
    })
    const wrong = [forged, `${id}x`, id.slice(0, -2), 'd1', "d1'; DROP TABLE outbox", '%00', 'é']
    for (const one of wrong) {
      const { status, body } = await admin(`/decisions/${encodeURIComponent(one)}/why`)
      expect([status, body.code], one).toEqual([400, 'invalid_decision_id'])
    }
  })

  it('tells of a decision that is too old to count, and that it does not', async () => {
    const atMs = Date.now() - 91 * 86_400_000
    const { epoch } = (await admin('/status')).body
    const old = await decisionSeal((env as unknown as Env).SIGNING_KEY).seal({
      id: 'old-question::ranked:0',
      asker: null,
      placement: 'ranked',
      policy: 'by-margin',
      action: 'high',
      arm: null,
      propensity: 1,
      model: 0,
      leaf: '',
      epoch,
      atMs,
      position: 0,
      experiments: null,
    })
    expect(await whyOf(old)).toMatchObject({ expired: true, replay: 'not_logged' })
    const { body } = await fromPage('/v1/track', {
      writeKey: WRITE_KEY,
      anonymousId: 'kei',
      event: '$impression',
      properties: { decisionId: old },
    })
    expect(body).toMatchObject({ code: 'invalid_decision_id' })
  })
})
