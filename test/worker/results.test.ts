/** What an experiment's arms did, from the page to the answer: decided, seen, bought, filed, added up. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ExperimentResults } from '../../worker/core/experiment/results.ts'
import worker from '../../worker/index.ts'
import {
  admin,
  call,
  configuration,
  fromPage,
  publish,
  SECRET_KEY,
  withKey,
  WRITE_KEY,
} from './site.ts'

async function scheduled(): Promise<void> {
  const ctx = createExecutionContext()
  const controller = { cron: '', scheduledTime: 0, noRetry: () => undefined }
  await worker.scheduled(controller, env, ctx)
  await waitOnExecutionContext(ctx)
}

const GOALS = [
  {
    key: 'order',
    name: 'Order',
    event: 'Order Completed',
    businessKey: 'order_id',
    value: { property: 'revenue', currency: 'JPY' },
    window: '1h',
  },
]

const results = async (key = 'slot-test'): Promise<ExperimentResults> => {
  const { status, body } = await admin(`/experiments/${key}/results`)
  expect(status).toBe(200)
  return body
}

let n = 0
const track = (anonymousId: string, event: string, properties: object) =>
  fromPage('/v1/track', {
    writeKey: WRITE_KEY,
    anonymousId,
    event,
    properties,
    messageId: `r-${++n}`,
  })
async function visit(anonymousId: string, buys: boolean): Promise<void> {
  const { body } = await fromPage('/v1/decide', {
    writeKey: WRITE_KEY,
    anonymousId,
    placements: ['slot'],
  })
  const { decisionId } = body.decisions.slot.items[0]
  await track(anonymousId, '$impression', { decisionId })
  if (buys) await track(anonymousId, 'Order Completed', { order_id: anonymousId, revenue: 300 })
}

describe('before anything is published', () => {
  it('there is no experiment to ask for', async () => {
    expect((await admin('/experiments/slot-test/results')).body.code).toBe('no_release')
    expect((await admin('/experiments')).status).toBe(503)
  })
})

describe('results', () => {
  beforeAll(async () => void (await publish({ ...(await configuration()), goals: GOALS })))

  it('are told to nobody without the admin token', async () => {
    for (const path of ['/admin/v1/experiments', '/admin/v1/experiments/slot-test/results']) {
      expect((await call(path)).status).toBe(401)
      expect((await withKey(SECRET_KEY, path)).status).toBe(401)
      expect((await withKey('nonsense', path)).status).toBe(401)
    }
  })

  it('name what there is', async () => {
    expect((await admin('/experiments')).body).toEqual({
      experiments: [
        {
          experiment: 'slot-test',
          control: 'a',
          arms: [
            { arm: 'a', share: 0.5 },
            { arm: 'b', share: 0.5 },
          ],
          goals: ['order'],
        },
      ],
    })
    for (const key of [
      'nothing',
      'knit-policy',
      '__proto__',
      '%2e%2e',
      "'; DROP TABLE choice; --",
    ]) {
      const { status, body } = await admin(`/experiments/${encodeURIComponent(key)}/results`)
      expect([status, body.code]).toEqual([404, 'not_found'])
    }
  })

  it('of nobody are zeros and say that it is too early', async () => {
    const { arms, sampleRatio, goals } = await results()
    expect(arms.map(({ people }) => people)).toEqual([0, 0])
    expect(sampleRatio.status).toBe('not_yet')
    expect(goals[0]?.comparisons).toMatchObject([{ verdict: 'not_yet', morePeople: null }])
  })

  it('follow what people did, a minute later', async () => {
    for (let i = 0; i < 12; i++) await visit(`visitor-${i}`, i % 3 === 0)
    expect((await results()).arms.map(({ people }) => people)).toEqual([0, 0])
    await scheduled()
    await scheduled()
    const { arms, goals } = await results()
    const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0)
    expect(sum(arms.map(({ people }) => people))).toBe(12)
    expect(sum(arms.map(({ exposures }) => exposures))).toBe(12)
    // Everybody's hour is open: they are pending, and no rate is told of them.
    const [order] = goals
    expect(sum(order?.arms.map(({ pending }) => pending) ?? [])).toBe(12)
    expect(sum(order?.arms.map(({ pendingConverted }) => pendingConverted) ?? [])).toBe(4)
    expect(order?.arms.map(({ rate }) => rate)).toEqual([null, null])
    // As if it had all been two hours earlier.
    await env.DB.prepare('UPDATE experiment_tally SET hour = hour - 2').run()
    const closed = (await results()).goals[0]
    expect(sum(closed?.arms.map(({ converted }) => converted) ?? [])).toBe(4)
    expect(sum(closed?.arms.flatMap(({ value }) => value.map(({ total }) => total)) ?? [])).toBe(
      1200,
    )
  })

  it('count a page that is loaded again in no figure', async () => {
    const before = await results()
    await track('visitor-0', 'Order Completed', { order_id: 'visitor-0', revenue: 300 })
    await scheduled()
    expect({ ...(await results()), asOf: '' }).toEqual({ ...before, asOf: '' })
  })
})
