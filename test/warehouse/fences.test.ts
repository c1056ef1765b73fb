/** Leases, and that nothing which a newer holder relies on is written without one. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { Lease } from '../../worker/warehouse/ports.ts'
import { PROFILES_SHARD } from '../../worker/warehouse/snapshot-ports.ts'
import { compactions, runDrain, sinkLog, snapshots } from './jobs.ts'
import {
  clear,
  everything,
  fill,
  HOUR_MS,
  leases,
  manifests,
  NINE_MS,
  outbox,
} from './warehouse.ts'

const take = (holder: string, nowMs: number) => leases.acquire('test', holder, nowMs, nowMs + 10)

beforeEach(clear)

describe('a lease', () => {
  test('is held until it expires, and every change of hands raises the fence', async () => {
    expect(await take('a', 0)).toEqual({ name: 'test', fence: 1 })
    expect(await take('b', 9)).toBeNull()
    expect(await take('b', 10)).toEqual({ name: 'test', fence: 2 })
    expect(await leases.read('test')).toEqual({ name: 'test', fence: 2, holder: 'b', untilMs: 20 })
  })

  test('who lost it can neither renew nor release it', async () => {
    const a = (await take('a', 0))!
    const b = (await take('b', 10))!
    expect(await leases.renew(a, 1000)).toBe(false)
    await leases.release(a)
    expect(await take('c', 19)).toBeNull()
    expect(await leases.renew(b, 30)).toBe(true)
    await leases.release(b)
    expect(await take('c', 19)).toEqual({ name: 'test', fence: 3 })
  })
})

describe('without the lease nothing is written', () => {
  async function changedHands(): Promise<{ stale: Lease; lease: Lease }> {
    const stale = (await take('a', 0))!
    return { stale, lease: (await take('b', 10))! }
  }
  async function expectRefused(write: () => Promise<unknown>): Promise<void> {
    const before = await everything()
    expect([false, null]).toContain(await write())
    expect(await everything()).toEqual(before)
  }
  const FAILURE = { tries: 1, retryAtMs: 9, error: 'failed' }

  test('to the log of batches, nor is the outbox trimmed', async () => {
    await fill(3)
    const limits = { maxEntries: 3, maxBytes: 1e6 }
    const { stale, lease } = await changedHands()
    const range = (await outbox.next(0, limits))!
    const batch = { batchId: 'b', path: 'p', rows: 1, bytes: 1 }
    expect(await manifests.open(stale, 'd1', range, 0)).toBeNull()
    const open = (await manifests.open(lease, 'd1', range, 0))!
    expect(await manifests.open(lease, 'd1', range, 0)).toBeNull()
    expect(await manifests.name(stale, open, batch, 0)).toBeNull()
    const named = (await manifests.name(lease, open, batch, 0))!
    expect(named).toMatchObject({ state: 'named', batch })
    expect(await manifests.name(lease, open, { ...batch, path: 'q' }, 0)).toBeNull()
    expect(await manifests.advance(stale, named, 2, 0)).toBeNull()
    const written = (await manifests.advance(lease, named, 2, 0))!
    expect(written).toMatchObject({ state: 'written', batch: { ...batch, bytes: 2 } })
    expect(await manifests.open(lease, 'd1', { ...range, fromSeq: 4, toSeq: 4 }, 0)).toBeNull()
    expect(await outbox.trim(stale, range, 10)).toBe(0)
    expect(await manifests.close(stale, written, 0)).toBeNull()
    expect(await outbox.trim(lease, range, 10)).toBe(3)
    expect(await manifests.close(lease, written, 0)).toMatchObject({ state: 'done' })
  })

  test('to what is compacted', async () => {
    await fill(3)
    await runDrain({}, { maxEntries: 1 })
    const { stale, lease } = await changedHands()
    const [alone, ...rest] = await compactions.loose('d1', NINE_MS, 9)
    const pieces = rest.map(({ batch, firstRow, fromSeq }) => ({ ...batch!, firstRow, fromSeq }))
    const compaction = { shard: 'd1', path: 'events/one', pieces, state: 'open' } as const
    expect(pieces).toHaveLength(2)
    await expectRefused(() => compactions.settle(stale, 'd1', [alone!.fromSeq]))
    expect(await compactions.settle(lease, 'd1', [alone!.fromSeq])).toBe(true)
    await expectRefused(() => compactions.open(stale, compaction, 0))
    expect(await compactions.open(lease, compaction, 0)).toBe(true)
    await expectRefused(() => compactions.open(lease, compaction, 0))
    await expectRefused(() => compactions.close(lease, 'd1'))
    await expectRefused(() => compactions.point(stale, compaction, 0))
    expect(await compactions.point(lease, compaction, 0)).toBe(true)
    await expectRefused(() => compactions.point(lease, compaction, 0))
    await expectRefused(() => compactions.close(stale, 'd1'))
    expect(await compactions.close(lease, 'd1')).toBe(true)
    expect(await compactions.current('d1')).toBeNull()
    expect(await compactions.loose('d1', NINE_MS, 9)).toEqual([])
  })

  test('to where a sink stands and what was put aside', async () => {
    await fill(1)
    await runDrain()
    const { stale, lease } = await changedHands()
    const state = await sinkLog.read('pg', 'd1')
    const manifest = (await manifests.after('d1', 0))!
    await expectRefused(() => sinkLog.advance(stale, state, 1, 2, 0))
    await expectRefused(() => sinkLog.defer(stale, state, FAILURE, 0))
    await expectRefused(() => sinkLog.bury(stale, state, manifest, FAILURE, 0))
    expect(await sinkLog.bury(lease, state, manifest, FAILURE, 0)).toBe(true)
    await sinkLog.want('pg', 0)
    const letter = (await sinkLog.wanted('pg', 'd1'))!
    await expectRefused(() => sinkLog.rebury(stale, letter, FAILURE, 0))
    await expectRefused(() => sinkLog.settle(stale, letter, 2, 0))
    expect(await sinkLog.settle(lease, letter, 2, 0)).toBe(true)
    expect(await sinkLog.deadLetters(9)).toEqual([])
    expect(await sinkLog.read('pg', 'd1')).toMatchObject({ afterSeq: 1, batches: 1, rows: 2 })
  })

  test('to the daily snapshot', async () => {
    const { stale, lease } = await changedHands()
    const dayMs = NINE_MS - 9 * HOUR_MS
    await expectRefused(() => snapshots.begin(stale, dayMs, 0))
    expect(await snapshots.begin(lease, dayMs, 0)).toBe(true)
    await expectRefused(() => snapshots.begin(lease, dayMs, 0))
    const begun = (await snapshots.current())!
    const batch = { batchId: 'b', path: 'profiles/p', rows: 2, bytes: 1 }
    const part = { batch, next: 'm', last: false }
    await expectRefused(() => snapshots.advance(stale, begun, part, 0))
    expect(await snapshots.advance(lease, begun, part, 0)).toMatchObject({ parts: 1, rows: 2 })
    await expectRefused(() => snapshots.advance(lease, begun, part, 0))
    expect(await manifests.latest(PROFILES_SHARD, 9)).toMatchObject([{ state: 'done', batch }])
  })
})
