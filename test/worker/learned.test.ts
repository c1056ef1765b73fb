/** A policy that learns, from the first even draw to weights that isolates decide by. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Model } from '../../worker/core/learning/model.ts'
import { learn, type LearnPorts } from '../../worker/flow/learn.ts'
import { d1Models } from '../../worker/store/d1/models.ts'
import { d1Tallies } from '../../worker/store/d1/tallies.ts'
import { requestDeps } from '../../worker/deps.ts'
import worker from '../../worker/index.ts'
import type { WeightsAnswer } from '../../worker/contract/weights.ts'
import {
  admin,
  call,
  configuration,
  fromPage,
  publish,
  records,
  SECRET_KEY,
  withKey,
  WRITE_KEY,
} from './site.ts'

const HOUR_MS = 3_600_000
const GOAL = { key: 'click', name: 'Click', event: '$click', window: '1h' }
const learned = {
  goal: 'click',
  contexts: [{ key: 'mobile', when: { context: 'device', eq: 'mobile' } }],
  floor: 0.1,
  patience: '1s',
  refresh: '1h',
}
const policy = (over: object = {}) => ({
  key: 'slot-learns',
  name: 'Slot learns',
  placement: 'slot',
  candidates: [{ action: 'arm-a' }, { action: 'arm-b' }],
  learned,
  ...over,
})
const config = async (over: object = {}) => {
  const base = await configuration()
  const policies = (base['policies'] as { key: string }[]).filter(({ key }) => key !== 'slot-test')
  return { ...base, goals: [GOAL], policies: [...policies, policy(over)] }
}

async function scheduled(): Promise<void> {
  const ctx = createExecutionContext()
  const controller = { cron: '', scheduledTime: 0, noRetry: () => undefined }
  await worker.scheduled(controller, env, ctx)
  await waitOnExecutionContext(ctx)
}
const models = d1Models(env.DB)
const ports = (over: Partial<LearnPorts> = {}): LearnPorts => ({
  releases: requestDeps(env, createExecutionContext()).releases,
  tallies: d1Tallies(env.DB),
  models,
  nowMs: () => Date.now(),
  ...over,
})

const ask = (anonymousId: string, device = 'desktop') =>
  withKey(SECRET_KEY, '/v1/decide', { anonymousId, placements: ['slot'], context: { device } })
let n = 0
const track = (anonymousId: string, event: string, decisionId: string) =>
  fromPage('/v1/track', {
    writeKey: WRITE_KEY,
    anonymousId,
    event,
    properties: { decisionId },
    messageId: `l-${++n}`,
  })

describe('before anything is published', () => {
  it('there are no weights to ask for', async () => {
    const { status, body } = await admin('/policies/slot-learns/weights')
    expect([status, body.code]).toEqual([503, 'no_release'])
  })
})

describe('a policy that learns', () => {
  beforeAll(async () => void (await publish(await config())))

  it('draws evenly before it knows anything, and logs what it drew by', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(`even-${i}`)))
    const actions = answers.map(({ body }) => body.decisions.slot.items[0].action)
    expect(new Set(actions)).toEqual(new Set(['arm-a', 'arm-b']))
    expect(answers[0]?.body.decisions.slot.reason).toEqual({
      kind: 'learned',
      policy: 'slot-learns',
      model: 0,
      leaf: '',
    })
    const mobile = await ask('even-0', 'mobile')
    expect(mobile.body.decisions.slot.reason.leaf).toBe('mobile')
    const again = await ask('even-0')
    expect(again.body.decisions.slot.items[0].action).toBe(actions[0])
    await track('even-0', '$impression', again.body.decisions.slot.items[0].decisionId)
    const impression = (await records()).findLast((record) => record['event'] === '$impression')
    expect(impression?.['properties']).toMatchObject({
      policy: 'slot-learns',
      propensity: 0.5,
      model: 0,
      leaf: '',
    })
  })

  it('works out weights from what people did, once a refresh', async () => {
    await scheduled()
    expect((await models.newest())?.version).toBe(1)
    // On phones b is clicked, elsewhere a.
    for (let i = 0; i < 60; i++) {
      const device = i % 2 === 0 ? 'mobile' : 'desktop'
      const { body } = await ask(`fan-${i}`, device)
      const [{ action, decisionId }] = body.decisions.slot.items
      await track(`fan-${i}`, '$impression', decisionId)
      if (action === (device === 'mobile' ? 'arm-b' : 'arm-a'))
        await track(`fan-${i}`, '$click', decisionId)
    }
    await scheduled()
    expect((await models.newest())?.version).toBe(1)
    // Hours pass: what was seen is of an hour that is over, and the weights' time has come.
    const laterMs = Date.now() + 3 * HOUR_MS
    await env.DB.prepare('UPDATE choice_tally SET hour = hour + 1').run()
    expect(await learn(ports({ nowMs: () => laterMs }))).toEqual({
      outcome: 'written',
      version: 2,
      policies: 1,
    })
    const { leaves } = (await models.newest())!.policies['slot-learns']!
    expect(leaves['mobile']!['arm-b']).toBeGreaterThan(0.85)
    expect(leaves['']!['arm-a']).toBeGreaterThan(0.85)
    for (const leaf of Object.values(leaves)) {
      for (const share of Object.values(leaf)) expect(share).toBeGreaterThanOrEqual(0.1)
    }
    expect(await learn(ports({ nowMs: () => laterMs + 1 }))).toMatchObject({ outcome: 'fresh' })
  })

  it('decides by them once an isolate has refreshed its release, at no extra trip', async () => {
    await admin('/stop', {})
    await admin('/resume', {})
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => ask(`new-${i}`, 'mobile')),
    )
    const chosen = answers.map(({ body }) => body.decisions.slot.items[0].action)
    expect(chosen.filter((action) => action === 'arm-b').length).toBeGreaterThan(42)
    expect(answers[0]?.body.decisions.slot.reason).toMatchObject({ model: 2, leaf: 'mobile' })
  })

  it('two that write at once write one version', async () => {
    const laterMs = Date.now() + 6 * HOUR_MS
    const both = await Promise.all([1, 2].map(() => learn(ports({ nowMs: () => laterMs }))))
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['overtaken', 'written'])
    expect((await models.newest())?.version).toBe(3)
  })

  it('a version never changes', async () => {
    const before = await env.DB.prepare('SELECT body FROM model WHERE version = 2').first()
    const rewrite = await models.write(1, (version): Model => ({ version, policies: {} }), 0)
    expect(rewrite).toBeNull()
    expect(await env.DB.prepare('SELECT body FROM model WHERE version = 2').first()).toEqual(before)
  })

  it('learns anew when its goal is another one, or its actions are', async () => {
    await publish(
      await config({
        candidates: [{ action: 'arm-a' }, { action: 'arm-b' }, { action: 'welcome' }],
      }),
    )
    expect(await learn(ports())).toMatchObject({ outcome: 'written', version: 4 })
    expect(Object.keys((await models.newest())!.policies['slot-learns']!.leaves['']!)).toEqual([
      'arm-a',
      'arm-b',
      'welcome',
    ])
  })
})

interface LoggedDraw {
  readonly leaf: string
  readonly action: string
  readonly propensity: number
  readonly model: number
}

describe('the weights of a policy', () => {
  const path = '/admin/v1/policies/slot-learns/weights'
  const weights = async (query = ''): Promise<WeightsAnswer> => {
    const { status, body } = await admin(`/policies/slot-learns/weights${query}`)
    expect(status).toBe(200)
    return body
  }
  beforeAll(async () => void (await publish(await config())))

  it('are told to nobody without the admin token', async () => {
    const tries = [
      call(path),
      ...[SECRET_KEY, WRITE_KEY, 'nonsense'].map((key) => withKey(key, path)),
    ]
    for (const { status, body } of await Promise.all(tries)) {
      expect([status, body.code]).toEqual([401, 'unauthorized'])
    }
  })

  it('are those of the newest version, in each context, as they are drawn', async () => {
    const laterMs = Date.now() + 9 * HOUR_MS
    expect(await learn(ports({ nowMs: () => laterMs }))).toMatchObject({ outcome: 'written' })
    const newest = (await models.newest())!
    const own = newest.policies['slot-learns']!
    const told = await weights()
    expect(told).toEqual({
      policy: 'slot-learns',
      goal: 'click',
      by: 'rate',
      floor: 0.1,
      model: newest.version,
      version: newest.version,
      builtAt: new Date(laterMs).toISOString(),
      kept: { from: 1, to: newest.version },
      actions: ['arm-a', 'arm-b'],
      leaves: ['mobile', ''].map((leaf) => ({ leaf, shares: own.leaves[leaf], without: [] })),
    })
    // What the engine draws by is what was told.
    await admin('/stop', {})
    await admin('/resume', {})
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => ask(`told-${i}`, i % 2 === 0 ? 'mobile' : 'desktop')),
    )
    const ids = answers.map(({ body }) => body.decisions.slot.items[0].decisionId)
    await Promise.all(ids.map((id, i) => track(`told-${i}`, '$impression', id)))
    const seen = (await records())
      .filter((record) => record['event'] === '$impression')
      .slice(-ids.length)
      .map(({ properties }) => properties as LoggedDraw)
    for (const { leaf, action, propensity, model } of seen) {
      expect(model).toBe(told.version)
      const { shares } = told.leaves.find((one) => one.leaf === leaf)!
      expect(propensity).toBeCloseTo(shares[action]!, 6)
    }
  })

  it('of an older version, as long as that is kept', async () => {
    const old = (await models.kept(2)).model!.policies['slot-learns']!
    const told = await weights('?version=2')
    expect(told).toMatchObject({ model: 2, version: 2 })
    expect(told.leaves.map(({ shares }) => shares)).toEqual([old.leaves['mobile'], old.leaves['']])
    const { status, body } = await admin('/policies/slot-learns/weights?version=9999')
    expect([status, body.code]).toEqual([404, 'not_found'])
    expect(body.detail).toMatch(/^no model 9999: those of 1 to \d+ are kept$/)
  })

  it.each(['0', '-1', '1.5', 'x', '', '1e3', '99999999999999999999', "1'; DROP TABLE model; --"])(
    'version %s is none',
    async (version) => {
      const { status, body } = await admin(
        `/policies/slot-learns/weights?version=${encodeURIComponent(version)}`,
      )
      expect([status, body.code, body.field]).toEqual([400, 'invalid_body', 'version'])
    },
  )

  it.each([
    ['nothing', 'the active release has no such policy; those that learn are slot-learns'],
    ['knit-policy', '"knit-policy" does not learn: the configuration says what it shows'],
    ['__proto__', 'no such policy'],
    ["' OR 1=1 --", 'no such policy'],
    ['../../status', 'no such policy'],
  ])('of %s there are none', async (key, said) => {
    const { status, body } = await admin(`/policies/${encodeURIComponent(key)}/weights`)
    expect([status, body.code]).toEqual([404, 'not_found'])
    expect(body.detail).toContain(said)
  })

  it('are even while the model does not know the policy, and before there is one', async () => {
    const model = (await models.newest())!
    const another = { ...policy(), key: 'slot-new', priority: -1 }
    const base = await config()
    await publish({ ...base, policies: [...base.policies, another] })
    const { body } = await admin('/policies/slot-new/weights')
    expect(body).toMatchObject({ model: model.version, version: 0, builtAt: null })
    const even = { 'arm-a': 0.5, 'arm-b': 0.5 }
    expect(body.leaves).toEqual([
      { leaf: 'mobile', shares: even, without: [] },
      { leaf: '', shares: even, without: [] },
    ])
    await env.DB.prepare('DELETE FROM model').run()
    expect(await weights()).toMatchObject({ model: 0, version: 0, builtAt: null, kept: null })
    expect((await weights()).leaves[0]?.shares).toEqual(even)
    const none = await admin('/policies/slot-learns/weights?version=1')
    expect(none.body.detail).toContain('there is no model yet')
  })
})

describe('publishing one', () => {
  const faults = async (over: object) => {
    const { status, body } = await admin('/configuration/check', await config(over))
    expect(status).toBe(422)
    return body.errors.map((fault: { path: string }) => fault.path)
  }
  it.each([
    ['a goal that is not there', { ...learned, goal: 'nothing' }, 'goal'],
    ['money of a goal that has none', { ...learned, by: 'value' }, 'by'],
    [
      'one context twice',
      { ...learned, contexts: [...learned.contexts, ...learned.contexts] },
      'contexts[1].key',
    ],
    ['a floor above what there is', { ...learned, floor: 0.5 }, 'floor'],
    [
      'a context on a segment that is not there',
      { ...learned, contexts: [{ key: 'x', when: { segment: 'nobody' } }] },
      'contexts[0].when',
    ],
  ])('refuses %s', async (_, wrong, path) => {
    expect((await faults({ learned: wrong })).join()).toContain(`learned.${path}`)
  })

  it('refuses one without candidates', async () => {
    const split = {
      arms: [
        { key: 'a', weight: 1, action: 'arm-a' },
        { key: 'b', weight: 1, action: 'arm-b' },
      ],
    }
    expect((await faults({ candidates: undefined, split })).join()).toContain('policies[2]')
  })
})
