/** Tallies follow the files: every batch is added once, whatever dies at whatever moment. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import type { EventRecord } from '../../worker/core/record.ts'
import type { FeedStep } from '../../worker/flow/feed.ts'
import { d1Tallies } from '../../worker/store/d1/tallies.ts'
import { tallySink } from '../../worker/warehouse/tally-sink.ts'
import { killAfter } from './interruptions.ts'
import { clockAt, runDrain, runFeed } from './jobs.ts'
import { batchOf, clear, commit, HOUR_MS, NINE_MS, record } from './warehouse.ts'

const NOW_MS = NINE_MS + 2 * HOUR_MS
const HOUR = NINE_MS / HOUR_MS
const clock = clockAt(NOW_MS)
const tallies = d1Tallies(env.DB)
const sink = () => tallySink(tallies, clock)
const TABLES = ['tallied_batch', 'choice', 'choice_tally', 'experiment_tally']

beforeEach(async () => {
  await clear()
  await env.DB.batch(TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`)))
})

const read = async (table: string) =>
  (await env.DB.prepare(`SELECT * FROM ${table} ORDER BY 1, 2, 3`).all()).results

let n = 0
const exposed = (event: string, over: Partial<EventRecord> = {}): EventRecord =>
  record(`exposure-${++n}`, {
    event,
    properties: { policy: 'p', arm: 'a', action: 'x', exposure: 'd1', atMs: NINE_MS, model: 3 },
    ...over,
  })
const reward = (over: object = {}): EventRecord => ({
  ...record(`$reward:${++n}`),
  type: '$reward',
  properties: {
    goal: 'order',
    exposure: 'd1',
    what: 'what-1',
    first: true,
    refund: false,
    value: 5,
    currency: 'JPY',
    micro: 5_000_000,
    squares: 25,
    exposedMs: NINE_MS,
    model: 3,
    ...over,
  },
})
const outcome = (rows: object[]): EventRecord => ({
  ...record(`$outcome:${++n}`),
  type: '$outcome',
  properties: { rows } as unknown as NonNullable<EventRecord['properties']>,
})

describe('a batch', () => {
  test('adds up exposures, rewards and changes by hour', async () => {
    const batch = await batchOf([
      exposed('$impression'),
      exposed('$impression'),
      exposed('$click', { timestampMs: NINE_MS + HOUR_MS }),
      exposed('$impression', { late: true }),
      exposed('$impression', { preview: true }),
      record('other', { event: 'Product Viewed' }),
      reward(),
      reward({ first: false, value: -2, micro: -2_000_000, squares: -16, refund: true }),
      outcome([{ experiment: 'p', arm: 'a', hour: HOUR, people: 1 }]),
      outcome([
        { experiment: 'p', arm: 'a', hour: HOUR, people: -1, crossed: 1 },
        { experiment: 'p', arm: 'a', hour: HOUR, goal: 'order', converted: 1, conversions: 2 },
      ]),
    ])
    expect(await sink().apply(batch)).toBe('applied')
    expect(await read('choice')).toEqual([
      { what: expect.any(String), policy: 'p', arm: 'a', action: 'x', leaf: '' },
    ])
    const none = { impressions: 0, clicks: 0, rewarded: 0, rewards: 0, micro: 0, squares: 0 }
    const rows = await read('choice_tally')
    expect(rows.filter(({ goal }) => goal === '')).toMatchObject([
      { ...none, model: 3, hour: HOUR, impressions: 2 },
      { ...none, model: 3, hour: HOUR + 1, clicks: 1 },
    ])
    expect(rows.filter(({ goal }) => goal !== '')).toEqual([
      {
        what: 'what-1',
        model: 3,
        goal: 'order',
        currency: 'JPY',
        hour: HOUR,
        ...none,
        rewarded: 1,
        rewards: 1,
        micro: 3_000_000,
        squares: 9,
      },
    ])
    expect(await tallies.experiment('p', 0)).toMatchObject([
      { arm: 'a', hour: HOUR, goal: '', people: 0, crossed: 1, exposures: 2 },
      { arm: 'a', hour: HOUR, goal: 'order', converted: 1, conversions: 2 },
    ])
  })

  test('is added once, however often and by however many at once', async () => {
    const batch = await batchOf([exposed('$impression'), reward()])
    const answers = await Promise.all([1, 2, 3].map(() => sink().apply(batch)))
    expect(answers.filter((answer) => answer === 'applied')).toHaveLength(1)
    expect(await sink().apply(batch)).toBe('already')
    expect(await read('choice_tally')).toMatchObject([{ impressions: 1 }, { rewards: 1 }])
  })

  test('may hold more money than a double counts exactly', async () => {
    const most = 1e9 * 1e6
    const batch = await batchOf(Array.from({ length: 11 }, () => reward({ micro: most - 1 })))
    await sink().apply(batch)
    const sql = `SELECT CAST(micro AS TEXT) AS micro FROM choice_tally`
    const row = await env.DB.prepare(sql).first<{ micro: string }>()
    expect(row?.micro).toBe(String(11n * (BigInt(most) - 1n)))
  })

  test('that cannot be read in places adds the rest', async () => {
    const broken = { ...reward(), properties: 'not an object' } as unknown as EventRecord
    await sink().apply(await batchOf([broken, outcome([]), exposed('$impression')]))
    expect(await read('choice_tally')).toMatchObject([{ impressions: 1 }])
  })

  test('of rows beyond one statement', async () => {
    const many = Array.from({ length: 4100 }, (_, i) => ({
      experiment: `e${i}`,
      arm: 'a',
      hour: HOUR,
      people: 1,
    }))
    await sink().apply(await batchOf([outcome(many)]))
    expect(await tallies.experiment('e4099', 0)).toHaveLength(1)
    expect(await read('experiment_tally')).toHaveLength(4100)
  })

  test('hours before the open ones come together', async () => {
    const row = { experiment: 'p', arm: 'a', people: 1 }
    await sink().apply(await batchOf([outcome([1, 2, 3, 4].map((hour) => ({ ...row, hour })))]))
    expect((await tallies.experiment('p', 3)).map(({ hour, people }) => [hour, people])).toEqual([
      [-1, 2],
      [3, 1],
      [4, 1],
    ])
  })
})

describe('the feed', () => {
  const fed = (step: (step: FeedStep) => void = () => {}) => runFeed(sink(), { clock, step })
  const total = async () => {
    const sql = `SELECT sum(impressions) AS impressions, sum(rewards) AS rewards FROM choice_tally`
    return env.DB.prepare(sql).first()
  }

  test.each(['acquired', 'applied', 'advanced', 'released'] as const)(
    'killed after %s, and again at the next batch, counts every record once',
    async (where) => {
      for (let i = 0; i < 6; i++) await commit(NINE_MS, [exposed('$impression'), reward()])
      await runDrain({ clock }, { maxEntries: 2 })
      let kills = 0
      const dying = async (): Promise<boolean> => {
        try {
          await fed(killAfter(where))
          return false
        } catch (error) {
          expect((error as Error).message).toBe('killed')
          return true
        }
      }
      while (kills < 5 && (await dying())) {
        kills++
        // Whoever died lets go of the lease when it runs out.
        await env.DB.prepare('UPDATE lease SET until_ms = 0').run()
      }
      expect(kills).toBeGreaterThan(0)
      expect((await fed()).outcome).toBe('fed')
      expect(await total()).toEqual({ impressions: 6, rewards: 6 })
      expect(await read('tallied_batch')).toHaveLength(3)
    },
  )
})
