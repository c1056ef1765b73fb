import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { shardStatus } from '../../worker/warehouse/status.ts'
import { killAfter } from './interruptions.ts'
import { clockAt, runDrain } from './jobs.ts'
import {
  clear,
  commit,
  fill,
  files,
  HOUR_MS,
  leases,
  manifests,
  messageIds,
  NINE_MS,
  outbox,
  outboxSize,
  record,
  rowsIn,
} from './warehouse.ts'

beforeEach(clear)

describe('drain', () => {
  test('an empty outbox makes no file and no manifest', async () => {
    expect(await runDrain()).toEqual({
      outcome: 'drained',
      batches: 0,
      rows: 0,
      bytes: 0,
      backlogRows: 0,
      lagMs: 0,
    })
    expect(await files()).toEqual([])
    expect(await manifests.latest('d1', 10)).toEqual([])
  })

  test('what was committed lies in one file of its hour, and the outbox is empty', async () => {
    const ids = await fill(10)
    const result = await runDrain()
    expect(result).toMatchObject({ outcome: 'drained', batches: 1, rows: 20, backlogRows: 0 })
    const [file, ...more] = await files()
    expect(more).toEqual([])
    expect(file!.path).toMatch(
      /^events\/dt=2026-03-01\/hour=09\/d1-\d{15}-\d{15}-[0-9a-f]{32}\.parquet$/,
    )
    expect(result.bytes).toBe((await env.BUCKET.head(file!.path))!.size)
    expect(await messageIds()).toEqual(ids)
    expect(await outboxSize()).toBe(0)
    const [manifest] = await manifests.latest('d1', 1)
    expect(manifest).toMatchObject({ state: 'done', entries: 10, batch: { path: file!.path } })
  })

  test('positions go on after a trim, and so does the cursor', async () => {
    const first = await fill(3)
    await runDrain()
    const second = await fill(3, NINE_MS + 60_000)
    expect(await runDrain()).toMatchObject({ batches: 1, rows: 6 })
    expect(await messageIds()).toEqual([...first, ...second].sort())
    const [newer, older] = await manifests.latest('d1', 2)
    expect(newer!.fromSeq).toBe(older!.toSeq + 1)
  })

  test('a range never crosses an hour, even when hours alternate', async () => {
    const TEN_MS = NINE_MS + HOUR_MS
    const minutes = [TEN_MS - 2, TEN_MS - 1, TEN_MS, TEN_MS - 1, TEN_MS, TEN_MS + 1]
    for (const [n, at] of minutes.entries()) await commit(at, [record(`m${n}`)])
    expect(await runDrain()).toMatchObject({ batches: 4, rows: 6, backlogRows: 0 })
    const byHour = async (hour: string): Promise<string[]> => {
      const paths = (await files()).filter(({ path }) => path.includes(`/hour=${hour}/`))
      const rows = await Promise.all(paths.map(({ path }) => rowsIn(path)))
      return rows.flatMap((file) => file.map((row) => String(row['message_id']))).sort()
    }
    expect(await byHour('09')).toEqual(['m0', 'm1', 'm3'])
    expect(await byHour('10')).toEqual(['m2', 'm4', 'm5'])
  })

  test('a batch is bounded by entries', async () => {
    const ids = await fill(25)
    expect(await runDrain({}, { maxEntries: 10 })).toMatchObject({ batches: 3, rows: 50 })
    const sizes = (await manifests.latest('d1', 10)).map(({ entries }) => entries)
    expect(sizes).toEqual([5, 10, 10])
    expect(await messageIds()).toEqual(ids)
  })

  test('a batch is bounded by bytes, not characters; an entry larger than that goes alone', async () => {
    const snow = (id: string, length: number) => [
      record(id, { properties: { text: '雪'.repeat(length) } }),
    ]
    const bodyBytes = (id: string, length: number): number =>
      new TextEncoder().encode(JSON.stringify({ v: 1, records: snow(id, length) })).byteLength
    for (const id of ['s1', 's2', 's3']) await commit(NINE_MS, snow(id, 200))
    await commit(NINE_MS, snow('large', 2000))
    await commit(NINE_MS, snow('s4', 200))
    expect(await runDrain({}, { maxBytes: 2 * bodyBytes('s1', 200) })).toMatchObject({ batches: 4 })
    const sizes = (await manifests.latest('d1', 10)).map(({ entries }) => entries)
    expect(sizes.reverse()).toEqual([2, 1, 1, 1])
    expect(await messageIds()).toEqual(['large', 's1', 's2', 's3', 's4'])
  })

  test('pages of the outbox join without gap or repeat', async () => {
    const ids = await fill(1203)
    expect(await runDrain()).toMatchObject({ batches: 1, rows: 2406, backlogRows: 0 })
    expect(await messageIds()).toEqual(ids)
  })

  test('a backlog is caught up over runs of bounded size', async () => {
    const ids = [...(await fill(50)), ...(await fill(50, NINE_MS + 2 * HOUR_MS))].sort()
    const nowMs = NINE_MS + 3 * HOUR_MS
    const clock = clockAt(nowMs)
    const limits = { maxEntries: 7, maxBatches: 4, trimEntries: 3 }
    const results = []
    while (results.at(-1)?.backlogRows !== 0) results.push(await runDrain({ clock }, limits))
    expect(results.map(({ batches }) => batches)).toEqual([4, 4, 4, 4])
    expect(results.map(({ backlogRows }) => backlogRows)).toEqual([72, 50, 22, 0])
    expect(results[0]!.lagMs).toBe(3 * HOUR_MS - 28)
    expect(results[3]!.lagMs).toBe(0)
    expect(await messageIds()).toEqual(ids)
    expect(await outboxSize()).toBe(0)
  })

  test('no batch begins after the time budget', async () => {
    await fill(10)
    let nowMs = NINE_MS + HOUR_MS
    const clock = { nowMs: () => nowMs }
    const step = (name: string): void => {
      if (name === 'closed') nowMs += 15_000
    }
    const result = await runDrain({ clock, step }, { maxEntries: 1, budgetMs: 20_000 })
    expect(result).toMatchObject({ outcome: 'drained', batches: 2, backlogRows: 8 })
  })

  test('the status names backlog, lag, the newest file and an unfinished range', async () => {
    const nowMs = NINE_MS + HOUR_MS
    const ports = { outbox, manifests, leases }
    expect(await shardStatus(ports, nowMs)).toEqual({
      shard: 'd1',
      backlogRows: 0,
      lagMs: 0,
      open: null,
      last: null,
      lease: null,
    })
    await fill(4)
    await runDrain({}, { maxEntries: 2, maxBatches: 1 })
    const dying = runDrain({ step: killAfter('stored') }, { holder: 'dead', maxEntries: 1 })
    await expect(dying).rejects.toThrow('killed')
    expect(await shardStatus(ports, nowMs)).toMatchObject({
      backlogRows: 2,
      lagMs: HOUR_MS - 2,
      open: { state: 'named', entries: 1, batch: { rows: 2 } },
      last: { state: 'done', entries: 2, batch: { rows: 4 } },
      lease: { holder: 'dead' },
    })
    expect((await shardStatus(ports, nowMs + 60_000)).lease).toBeNull()
  })
})
