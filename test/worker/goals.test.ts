/** Goals through the whole worker: what was shown, what followed, and what is logged of both. */
import { beforeAll, describe, expect, it } from 'vitest'
import {
  admin,
  configuration,
  fromPage,
  OPEN_KEY,
  publish,
  records,
  SECRET_KEY,
  withKey,
  WRITE_KEY,
} from './site.ts'

const GOALS = [
  {
    key: 'order',
    name: 'Order',
    event: 'Order Completed',
    businessKey: 'order_id',
    value: { property: 'revenue', currency: 'JPY' },
    refund: { event: 'Order Refunded' },
    window: '7d',
  },
  { key: 'click', name: 'Click', event: '$click', window: '1h' },
]

beforeAll(async () => {
  await publish({ ...(await configuration()), goals: GOALS })
})

let n = 0
const send = (anonymousId: string, event: string, properties: object, writeKey = WRITE_KEY) =>
  fromPage(
    '/v1/track',
    { writeKey, anonymousId, event, properties, messageId: `goal-${++n}` },
    writeKey === OPEN_KEY ? 'https://open.example' : undefined,
  )
async function shown(anonymousId: string): Promise<string> {
  const { body } = await fromPage('/v1/decide', {
    writeKey: WRITE_KEY,
    anonymousId,
    placements: ['slot'],
  })
  return body.decisions.slot.items[0].decisionId
}
async function saw(anonymousId: string): Promise<string> {
  const decisionId = await shown(anonymousId)
  expect((await send(anonymousId, '$impression', { decisionId })).status).toBe(200)
  return decisionId
}
const later = async (from: number, type: string) =>
  (await records()).filter((record) => record.seq > from && record.type === type) as unknown as {
    messageId: string
    profileId: string
    // oxlint-disable-next-line typescript/no-explicit-any -- whatever was logged
    properties: any
  }[]
const end = async (): Promise<number> => (await records()).at(-1)?.seq ?? 0

describe('goals', () => {
  it('a conversion rewards the decision that was seen before, once', async () => {
    const from = await end()
    await saw('buyer')
    await send('buyer', 'Order Completed', { order_id: 'A1', revenue: 1200 })
    await send('buyer', 'Order Completed', { order_id: 'A1', revenue: 1200 })
    const rewards = await later(from, '$reward')
    expect(rewards).toHaveLength(1)
    expect(rewards[0]!.properties).toMatchObject({
      goal: 'order',
      first: true,
      refund: false,
      value: 1200,
      currency: 'JPY',
      propensity: 0.5,
      decidedEpoch: 1,
    })
    const [impression] = (await records()).filter(
      (r) => r.seq > from && r['event'] === '$impression',
    )
    expect(rewards[0]!.properties.exposure).toBe(
      (impression as unknown as { properties: { exposure: string } }).properties.exposure,
    )
    const rows = (await later(from, '$outcome')).flatMap(({ properties }) => properties.rows)
    expect(rows).toEqual([
      { experiment: 'slot-test', arm: expect.any(String), hour: expect.any(Number), people: 1 },
      expect.objectContaining({ goal: 'order', converted: 1, conversions: 1 }),
      expect.objectContaining({
        goal: 'order',
        currency: 'JPY',
        micro: 1_200_000_000,
        squares: 1_440_000,
      }),
    ])
  })

  it('a refund is a reward below zero', async () => {
    const from = await end()
    await saw('refunder')
    await send('refunder', 'Order Completed', { order_id: 'R1', revenue: 1200 })
    await send('refunder', 'Order Refunded', { order_id: 'R1', revenue: 200 })
    const rewards = await later(from, '$reward')
    expect(rewards.map(({ properties }) => [properties.refund, properties.value])).toEqual([
      [false, 1200],
      [true, -200],
    ])
    const money = (await later(from, '$outcome'))
      .flatMap(({ properties }) => properties.rows)
      .reduce((sum: number, row: { micro?: number }) => sum + (row.micro ?? 0), 0)
    expect(money).toBe(1_000_000_000)
  })

  it('a click is its own decision’s', async () => {
    const from = await end()
    await saw('clicker')
    const second = await saw('clicker')
    await send('clicker', '$click', { decisionId: second })
    const rewards = await later(from, '$reward')
    const impressions = (await records()).filter(
      (r) => r.seq > from && r['event'] === '$impression',
    )
    expect(rewards.map(({ properties }) => [properties.goal, properties.exposure])).toEqual([
      [
        'click',
        (impressions[1] as unknown as { properties: { exposure: string } }).properties.exposure,
      ],
    ])
  })

  it('what one device saw and another bought comes together when they merge', async () => {
    const from = await end()
    await saw('tablet')
    const order = {
      type: 'track',
      userId: 'taro',
      event: 'Order Completed',
      properties: { order_id: 'M1', revenue: 500 },
    }
    await withKey(SECRET_KEY, '/v1/track', { ...order, messageId: `goal-${++n}` })
    expect(await later(from, '$reward')).toEqual([])
    await withKey(SECRET_KEY, '/v1/identify', {
      anonymousId: 'tablet',
      userId: 'taro',
      messageId: `goal-${++n}`,
    })
    const rewards = await later(from, '$reward')
    expect(rewards.map(({ properties }) => properties.value)).toEqual([500])
    expect((await later(from, '$merge'))[0]!.properties.survivor).toBe(rewards[0]!.profileId)
  })

  it('nobody else can claim a reward: neither by its name nor by an invented decision', async () => {
    const from = await end()
    for (const event of ['$reward', '$outcome']) {
      expect((await send('thief', event, { exposure: 'x', goal: 'order' })).status).toBe(400)
    }
    const decisionId = await shown('victim')
    expect((await send('thief', '$impression', { decisionId })).status).toBe(400)
    expect((await send('thief', '$impression', { decisionId: 'made-up' })).status).toBe(400)
    await send('thief', 'Order Completed', { order_id: 'T1', revenue: 9_999 })
    expect(await later(from, '$reward')).toEqual([])
  })
})

describe('publishing goals', () => {
  const check = async (goals: unknown) =>
    admin('/configuration/check', { ...(await configuration()), goals })
  const order = GOALS[0]!

  it.each([
    ['a refund without a business key', [{ ...order, businessKey: undefined }], 'goals[0]'],
    ['a refund without a value', [{ ...order, value: undefined }], 'goals[0]'],
    [
      'two ways to tell the currency',
      [{ ...order, value: { property: 'p', currency: 'JPY', currencies: ['JPY'] } }],
      'goals[0].value',
    ],
    ['no currency', [{ ...order, value: { property: 'p' } }], 'goals[0].value'],
    [
      'a currency that is none',
      [{ ...order, value: { property: 'p', currency: 'yen' } }],
      'goals[0].value.currency',
    ],
    ['one key twice', [order, order], 'goals[1].key'],
    ['a window that is none', [{ ...order, window: 'a week' }], 'goals[0].window'],
    [
      'more than fits a profile',
      Array.from({ length: 12 }, (_, i) => ({ ...order, key: `g${i}` })),
      'goals',
    ],
  ])('refuses %s', async (_, goals, path) => {
    const { status, body } = await check(goals)
    expect([status, body.code]).toEqual([422, 'invalid_configuration'])
    expect(body.errors.map((fault: { path: string }) => fault.path)).toContain(path)
  })

  it('takes what is right', async () => {
    expect((await check(GOALS)).status).toBe(200)
  })
})
