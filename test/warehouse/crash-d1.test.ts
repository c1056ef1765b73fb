/** What only the outbox on D1 has: a range that is trimmed in pieces, and a lease beside it. */
import { beforeEach, describe, expect, test } from 'vitest'
import { crashSuite } from './crash-suite.ts'
import {
  clear,
  fill,
  files,
  HOUR_MS,
  leases,
  manifests,
  messageIds,
  NINE_MS,
  outbox,
  outboxSize,
  run,
} from './warehouse.ts'

const NOW_MS = NINE_MS + 2 * HOUR_MS
const at = (nowMs: number) => ({ nowMs: () => nowMs })

crashSuite('D1', { outbox, clear: async () => {}, fill, size: outboxSize })

beforeEach(clear)

test('a reader under whom the range is trimmed stores no half of it', async () => {
  const ids = await fill(1203)
  let takenOver = false
  const slow = {
    ...outbox,
    async *read(range: Parameters<typeof outbox.read>[0]) {
      for await (const page of outbox.read(range)) {
        yield page
        if (takenOver) continue
        takenOver = true
        await run({ clock: at(NOW_MS + 60_000) })
      }
    },
  }
  expect(await run({ clock: at(NOW_MS), outbox: slow })).toMatchObject({ outcome: 'lost', rows: 0 })
  expect(await files()).toHaveLength(1)
  expect(await messageIds()).toEqual(ids)
})

test('entries that vanished without a takeover are an error, not a smaller file', async () => {
  await fill(10)
  const range = (await outbox.next(0, { maxEntries: 10, maxBytes: 1e6 }))!
  const lease = (await leases.acquire(outbox.lease, 'dead', NOW_MS, NOW_MS))!
  await manifests.open(lease, 'd1', range, NOW_MS)
  await outbox.trim(lease, range, 4)
  await expect(run({ clock: at(NOW_MS) })).rejects.toThrow('holds 6 of the 10 entries from 1 to 10')
  expect(await files()).toEqual([])
})

describe('lease', () => {
  const take = (holder: string, nowMs: number) => leases.acquire('test', holder, nowMs, nowMs + 10)

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

  test('every write of the log is refused without it', async () => {
    await fill(3)
    const limits = { maxEntries: 3, maxBytes: 1e6 }
    const stale = (await take('a', 0))!
    const range = (await outbox.next(0, limits))!
    const lease = (await take('b', 10))!
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
})
