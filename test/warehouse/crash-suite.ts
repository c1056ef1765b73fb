/** Killed anywhere, raced by anyone: every messageId lies in the files exactly once. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { DrainDeps, DrainOptions, DrainStep } from '../../worker/flow/drain.ts'
import { killAt, sleepAt } from './interruptions.ts'
import {
  clear as clearD1,
  everything,
  files,
  HOUR_MS,
  manifests,
  messageIds,
  NINE_MS,
  run as runOver,
} from './warehouse.ts'
import type { OutboxUnderTest } from './whole-way-suite.ts'

const LIMITS = { maxEntries: 4, trimEntries: 3, leaseMs: 60_000 }
const NOW_MS = NINE_MS + 2 * HOUR_MS
const clockAt = (nowMs: number) => ({ nowMs: () => nowMs })

export function crashSuite(name: string, under: OutboxUnderTest): void {
  const clear = async (): Promise<void> => {
    await clearD1()
    await under.clear()
  }
  const run = (over: Partial<DrainDeps> = {}, options: Partial<DrainOptions> = {}) =>
    runOver({ outbox: under.outbox, ...over }, options)
  /** Two hours and three files: 4 + 2 entries of one hour, 3 of the next. */
  const load = async (): Promise<string[]> => [
    ...(await under.fill(6)),
    ...(await under.fill(3, NINE_MS + HOUR_MS)),
  ]

  beforeEach(clear)

  describe(`a run over ${name}, killed after each of its steps`, async () => {
    await clear()
    await load()
    const steps: DrainStep[] = []
    await run({ clock: clockAt(NOW_MS), step: (step) => void steps.push(step) }, LIMITS)
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
        await expect(run({ clock: clockAt(NOW_MS), step: killAt(nth) }, LIMITS)).rejects.toThrow(
          'killed',
        )
        if (step !== 'released') {
          expect(await run({ clock: clockAt(NOW_MS + 59_999) }, LIMITS)).toMatchObject({
            outcome: 'busy',
          })
        }
        const after = await run({ clock: clockAt(NOW_MS + 60_000) }, LIMITS)
        expect(after).toMatchObject({ outcome: 'drained', backlogRows: 0, lagMs: 0 })
        expect(await files()).toEqual(untouched)
        expect(await messageIds()).toEqual(ids.sort())
        expect(await under.size()).toBe(0)
        const log = await manifests.latest(under.outbox.shard, 10)
        expect(log.map(({ state }) => state)).toEqual(['done', 'done', 'done'])
      },
    )

    test('killed again and again, a step further each time', async () => {
      const ids = await load()
      let kills = 0
      for (let tick = 0; ; tick++) {
        const clock = clockAt(NOW_MS + tick * 60_000)
        const ended = await run({ clock, step: killAt(2 + (tick % 5)) }, LIMITS).catch(() => null)
        if (ended === null) kills++
        else if (ended.backlogRows === 0 && ended.batches === 0) break
      }
      expect(kills).toBeGreaterThan(5)
      expect(await files()).toEqual(untouched)
      expect(await messageIds()).toEqual(ids.sort())
      expect(await under.size()).toBe(0)
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
      async (at) => {
        const ids = await load()
        const { step, asleep, wake } = sleepAt<DrainStep>(at)
        const stale = run({ clock: clockAt(NOW_MS), step }, LIMITS)
        await asleep
        const other = { clock: clockAt(NOW_MS + 60_000) }
        expect(await run(other, LIMITS)).toMatchObject({ outcome: 'drained', backlogRows: 0 })
        // New work, which the sleeper must neither open nor trim.
        await under.fill(5, NINE_MS + HOUR_MS + 60_000)
        const before = [await everything(), await under.size()]
        wake()
        expect(await stale).toMatchObject({ outcome: 'lost' })
        expect([await everything(), await under.size()]).toEqual(before)
        expect(await files()).toEqual(untouched)
        expect(await messageIds()).toEqual(ids.sort())
      },
    )
  })

  describe(`schedulers that race over ${name}`, () => {
    test('of two at once one drains and the other stands back', async () => {
      const ids = await load()
      const outcomes = await Promise.all([
        run({ clock: clockAt(NOW_MS) }),
        run({ clock: clockAt(NOW_MS) }),
      ])
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['busy', 'drained'])
      expect(await messageIds()).toEqual(ids.sort())
    })

    test('eight whose clocks let each evict the one before', async () => {
      const ids = await under.fill(100)
      const racers = Array.from({ length: 8 }, (_, n) =>
        run({ clock: clockAt(NOW_MS + n * HOUR_MS) }, { maxEntries: 5, trimEntries: 2 }),
      )
      const outcomes = (await Promise.all(racers)).map(({ outcome }) => outcome)
      expect(outcomes).toContain('lost')
      await run({ clock: clockAt(NOW_MS + 9 * HOUR_MS) }, { maxEntries: 5, maxBatches: 100 })
      expect(await messageIds()).toEqual(ids)
      expect(await under.size()).toBe(0)
      const log = await manifests.latest(under.outbox.shard, 100)
      expect(log.reduce((sum, { entries }) => sum + entries, 0)).toBe(100)
      expect(log.every(({ state }) => state === 'done')).toBe(true)
    })
  })
}
