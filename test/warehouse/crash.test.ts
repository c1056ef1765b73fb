/** Killed anywhere, raced by anyone: every messageId lies in the files exactly once. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { DrainStep } from '../../worker/flow/drain.ts'
import {
  clear,
  everything,
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

const LIMITS = { maxEntries: 4, trimEntries: 3, leaseMs: 60_000 }
const NOW_MS = NINE_MS + 2 * HOUR_MS
const at = (nowMs: number) => ({ nowMs: () => nowMs })

/** Two hours and three files: 4 + 2 entries of one hour, 3 of the next. */
const load = async (): Promise<string[]> => [
  ...(await fill(6)),
  ...(await fill(3, NINE_MS + HOUR_MS)),
]

/** Throws at the nth step of a run, as a kill right after it would end the run. */
const killAt = (nth: number, seen: DrainStep[] = []) => {
  return (step: DrainStep): void => {
    seen.push(step)
    if (seen.length === nth) throw new Error('killed')
  }
}

beforeEach(clear)

describe('a run killed after each of its steps', async () => {
  await clear()
  await load()
  const steps: DrainStep[] = []
  await run({ clock: at(NOW_MS), step: (step) => void steps.push(step) }, LIMITS)
  const untouched = await files()

  test('the undisturbed run makes three files by every kind of step', () => {
    expect(untouched).toHaveLength(3)
    expect(new Set(steps)).toEqual(
      new Set<DrainStep>([
        'acquired',
        'opened',
        'encoded',
        'named',
        'stored',
        'advanced',
        'trimmed',
        'closed',
        'released',
      ]),
    )
  })

  test.each(steps.map((step, index) => [index + 1, step] as const))(
    'step %i, %s: the next run makes the same files with every messageId once',
    async (nth, step) => {
      const ids = await load()
      await expect(run({ clock: at(NOW_MS), step: killAt(nth) }, LIMITS)).rejects.toThrow('killed')
      if (step !== 'released') {
        expect(await run({ clock: at(NOW_MS + 59_999) }, LIMITS)).toMatchObject({ outcome: 'busy' })
      }
      const after = await run({ clock: at(NOW_MS + 60_000) }, LIMITS)
      expect(after).toMatchObject({ outcome: 'drained', backlogRows: 0, lagMs: 0 })
      expect(await files()).toEqual(untouched)
      expect(await messageIds()).toEqual(ids.sort())
      expect(await outboxSize()).toBe(0)
      const log = await manifests.latest('d1', 10)
      expect(log.map(({ state }) => state)).toEqual(['done', 'done', 'done'])
    },
  )

  test('killed again and again, a step further each time', async () => {
    const ids = await load()
    let kills = 0
    for (let tick = 0; ; tick++) {
      const clock = at(NOW_MS + tick * 60_000)
      const ended = await run({ clock, step: killAt(2 + (tick % 5)) }, LIMITS).catch(() => null)
      if (ended === null) kills++
      else if (ended.backlogRows === 0 && ended.batches === 0) break
    }
    expect(kills).toBeGreaterThan(5)
    expect(await files()).toEqual(untouched)
    expect(await messageIds()).toEqual(ids.sort())
    expect(await outboxSize()).toBe(0)
  })

  test.each([
    'encoded',
    'named',
    'stored',
    'advanced',
    'trimmed',
    'closed',
    'opened',
    'acquired',
  ] as const)(
    'a holder that slept at "%s" while another finished changes nothing when it wakes',
    async (sleepAt) => {
      const ids = await load()
      let wake = (): void => undefined
      const sleeping = new Promise<void>((resolve) => (wake = resolve))
      let fell = (): void => undefined
      const asleep = new Promise<void>((resolve) => (fell = resolve))
      let slept = false
      const step = async (name: DrainStep): Promise<void> => {
        if (name !== sleepAt || slept) return
        slept = true
        fell()
        await sleeping
      }
      const stale = run({ clock: at(NOW_MS), step }, LIMITS)
      await asleep
      const other = { clock: at(NOW_MS + 60_000) }
      expect(await run(other, LIMITS)).toMatchObject({ outcome: 'drained', backlogRows: 0 })
      // New work, which the sleeper must neither open nor trim.
      await fill(5, NINE_MS + HOUR_MS + 60_000)
      const before = await everything()
      wake()
      expect(await stale).toMatchObject({ outcome: 'lost' })
      expect(await everything()).toEqual(before)
      expect(await files()).toEqual(untouched)
      expect(await messageIds()).toEqual(ids.sort())
    },
  )
})

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

describe('schedulers that race', () => {
  test('of two at once one drains and the other stands back', async () => {
    const ids = await load()
    const outcomes = await Promise.all([run({ clock: at(NOW_MS) }), run({ clock: at(NOW_MS) })])
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['busy', 'drained'])
    expect(await messageIds()).toEqual(ids.sort())
  })

  test('eight whose clocks let each evict the one before', async () => {
    const ids = await fill(200)
    const racers = Array.from({ length: 8 }, (_, n) =>
      run({ clock: at(NOW_MS + n * HOUR_MS) }, { maxEntries: 5, trimEntries: 2 }),
    )
    const outcomes = (await Promise.all(racers)).map(({ outcome }) => outcome)
    expect(outcomes).toContain('lost')
    await run({ clock: at(NOW_MS + 9 * HOUR_MS) }, { maxEntries: 5, maxBatches: 100 })
    expect(await messageIds()).toEqual(ids)
    expect(await outboxSize()).toBe(0)
    const log = await manifests.latest('d1', 100)
    expect(log.reduce((sum, { entries }) => sum + entries, 0)).toBe(200)
    expect(log.every(({ state }) => state === 'done')).toBe(true)
  })
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
