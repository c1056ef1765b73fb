/** From the outbox on Redis to files, by the same rules as from D1's: leases and manifests stay there. */
import { env } from 'cloudflare:workers'
import { createExecutionContext } from 'cloudflare:test'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { DrainDeps, DrainOptions } from '../../worker/flow/drain.ts'
import worker from '../../worker/index.ts'
import type { Env } from '../../worker/env.ts'
import { redisClient } from '../../worker/store/redis/client.ts'
import { redisOutbox } from '../../worker/store/redis/outbox-reader.ts'
import { redisOutboxView } from '../../worker/store/redis/outbox-view.ts'
import { shardStatus } from '../../worker/warehouse/status.ts'
import { openRedis } from '../support/workerd/redis.ts'
import { killAfter } from './interruptions.ts'
import { clockAt, runDrain } from './jobs.ts'
import { commitTo, fillStore, keys, storeOf } from './redis-outbox.ts'
import { clear, files, HOUR_MS, leases, manifests, messageIds, NINE_MS } from './warehouse.ts'

const SHARDS = 2
const redis = await openRedis({ outboxShards: SHARDS })
const client = redisClient(redis.settings)
const one = redisClient({ ...redis.settings, outboxShards: 1 })
const meter = { trips: 0 }
const outbox = redisOutbox(one, keys, 0, manifests, meter)
const store = storeOf(one)

const drainRedis = (over: Partial<DrainDeps> = {}, options: Partial<DrainOptions> = {}) =>
  runDrain({ outbox, ...over }, options)

const commit = (receivedAtMs: number, ids: readonly string[], on = store, text = '') =>
  commitTo(on, receivedAtMs, ids, text)
const fill = (count: number, startMs = NINE_MS) => fillStore(store, count, startMs)

beforeEach(async () => {
  await clear()
  await redis.command('FLUSHALL')
})
afterAll(() => redis.remove())

describe('draining Redis', () => {
  test('what was committed lies in one file of its hour, and the stream is empty', async () => {
    const ids = await fill(10)
    expect(await drainRedis()).toMatchObject({
      outcome: 'drained',
      batches: 1,
      rows: 20,
      backlogRows: 0,
      lagMs: 0,
    })
    const [file, ...more] = await files()
    expect(more).toEqual([])
    expect(file!.path).toMatch(
      /^events\/dt=2026-03-01\/hour=09\/redis-0-\d{15}-\d{15}-[0-9a-f]{32}\.parquet$/,
    )
    expect(await messageIds()).toEqual(ids)
    expect(await redis.command('XLEN', keys.outbox(0))).toBe(0)
    expect(await drainRedis()).toMatchObject({ batches: 0 })
  })

  test('positions go on after a trim, and so does the cursor', async () => {
    const first = await fill(3)
    await drainRedis()
    const second = await fill(3, NINE_MS + 60_000)
    expect(await drainRedis()).toMatchObject({ batches: 1, rows: 6 })
    expect(await messageIds()).toEqual([...first, ...second].sort())
    const [newer, older] = await manifests.latest('redis-0', 2)
    expect(newer!.fromSeq).toBeGreaterThan(older!.toSeq)
  })

  test('a range ends with its hour, its entries and its bytes', async () => {
    const ids = [
      ...(await fill(5, NINE_MS + HOUR_MS - 2)),
      ...(await fill(4, NINE_MS + HOUR_MS * 2)),
    ]
    await commit(NINE_MS + HOUR_MS * 2 + 9, ['big'], store, 'x'.repeat(5000))
    await commit(NINE_MS + HOUR_MS * 2 + 10, ['after'])
    const clock = clockAt(NINE_MS + 3 * HOUR_MS)
    await drainRedis({ clock }, { maxEntries: 3, maxBytes: 4000 })
    const sizes = (await manifests.latest('redis-0', 20)).map(({ entries }) => entries).reverse()
    expect(sizes).toEqual([2, 3, 3, 1, 1, 1])
    expect(await messageIds()).toEqual([...ids, 'big', 'after'].sort())
  })

  test('pages of a long stream join without gap or repeat, each within its bytes', async () => {
    const ids: string[] = []
    for (let n = 0; n < 30; n++) {
      ids.push(`wide-${n}`)
      await commit(NINE_MS + n, [`wide-${n}`], store, 'y'.repeat(100_000))
    }
    meter.trips = 0
    expect(await drainRedis()).toMatchObject({ batches: 1, rows: 30, backlogRows: 0 })
    expect(meter.trips).toBeGreaterThan(8)
    expect(await messageIds()).toEqual(ids.sort())
  })

  test('the status names backlog, lag and an unfinished range, before and after its trim', async () => {
    await fill(4)
    const nowMs = NINE_MS + HOUR_MS
    const ports = { outbox, manifests, leases }
    const dying = drainRedis({ step: killAfter('advanced') }, { maxEntries: 1 })
    await expect(dying).rejects.toThrow('killed')
    expect(await redis.command('XLEN', keys.outbox(0))).toBe(4)
    expect(await shardStatus(ports, nowMs)).toMatchObject({
      shard: 'redis-0',
      backlogRows: 3,
      lagMs: HOUR_MS - 1,
      last: { state: 'written', entries: 1 },
    })
  })

  test('nothing is trimmed that no file holds', async () => {
    await fill(2)
    const range = (await outbox.next(0, { maxEntries: 9, maxBytes: 9e6 }))!
    const lease = (await leases.acquire(outbox.lease, 'me', NINE_MS, NINE_MS + 1))!
    expect(await outbox.trim(lease, range, 100)).toBe(0)
    await manifests.open(lease, outbox.shard, range, NINE_MS)
    expect(await outbox.trim(lease, range, 100)).toBe(0)
    expect(await redis.command('XLEN', keys.outbox(0))).toBe(2)
  })

  test('entries that the manifest is past are told of, not passed over', async () => {
    await fill(2)
    await drainRedis()
    await redis.command('DEL', keys.outbox(0), keys.lastPosition(0))
    await commit(NINE_MS - 60_000, ['rewound'])
    await expect(drainRedis()).rejects.toThrow('which the manifest is past')
  })
})

describe('an outbox over several streams', () => {
  test('the worker drains each by its cron, and shows them as one', async () => {
    const spread = storeOf(client)
    const ids = Array.from({ length: 20 }, (_, n) => `s${String(n).padStart(2, '0')}`)
    for (const [n, id] of ids.entries()) await commit(NINE_MS + n, [id], spread)
    const view = redisOutboxView(client, keys, { trips: 0 })
    expect(await view.ends()).toEqual({
      rows: 20,
      oldestReceivedAt: new Date(NINE_MS).toISOString(),
    })
    expect(await view.records(0, 100)).toHaveLength(20)
    const lengths = await Promise.all([0, 1].map((n) => redis.command('XLEN', keys.outbox(n))))
    expect(Math.min(...lengths.map(Number))).toBeGreaterThan(0)
    await worker.scheduled(
      { cron: '', scheduledTime: 0, noRetry: () => undefined },
      {
        ...(env as unknown as Env),
        ...redis.variables,
      },
      createExecutionContext(),
    )
    expect(await messageIds()).toEqual(ids)
    expect(await view.ends()).toEqual({ rows: 0, oldestReceivedAt: null })
  })
})
