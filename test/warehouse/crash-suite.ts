/** Killed anywhere, raced by anyone: every messageId lies in the files exactly once. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { DrainDeps, DrainOptions, DrainResult, DrainStep } from '../../worker/flow/drain.ts'
import { pathOf } from '../../worker/warehouse/batch-id.ts'
import { encodeBatch } from '../../worker/warehouse/encode-batch.ts'
import type { BatchEncoder } from '../../worker/warehouse/ports.ts'
import { killAfter, killAt, numbered, overtaken, stepsOf } from './interruptions.ts'
import { clockAt, runDrain } from './jobs.ts'
import {
  clearWith,
  expectFiledOnce,
  fillTwoHours,
  type OutboxUnderTest,
} from './outbox-under-test.ts'
import { everything, files, HOUR_MS, manifests, messageIds, NINE_MS } from './warehouse.ts'

const LIMITS = { maxEntries: 4, trimEntries: 3, leaseMs: 60_000 }
const NOW_MS = NINE_MS + 2 * HOUR_MS

export function crashSuite(name: string, under: OutboxUnderTest): void {
  const run = (over: Partial<DrainDeps> = {}, options: Partial<DrainOptions> = {}) =>
    runDrain({ outbox: under.outbox, ...over }, options)
  /** Two hours and three files: 4 + 2 entries of one hour, 3 of the next. */
  const load = (): Promise<string[]> => fillTwoHours(under, [6, 3])
  const standing = async () => [await everything(), await under.size()]

  beforeEach(() => clearWith(under))

  describe(`a run over ${name}, killed after each of its steps`, async () => {
    await clearWith(under)
    await load()
    const steps = await stepsOf<DrainStep>((step) => run({ clock: clockAt(NOW_MS), step }, LIMITS))
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

    test.each(numbered(steps))(
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
        await expectFiledOnce(under, ids)
        const log = await manifests.latest(under.outbox.shard, 10)
        expect(log.map(({ state }) => state)).toEqual(['done', 'done', 'done'])
      },
    )

    test.each(['named', 'stored'] as const)(
      'a newer release that encodes otherwise goes on under the name that one killed at "%s" wrote down',
      async (at) => {
        const ids = await load()
        const dying = run({ clock: clockAt(NOW_MS), step: killAfter(at) }, LIMITS)
        await expect(dying).rejects.toThrow('killed')
        const encode: BatchEncoder = async (shard, range, pages) => {
          const encoded = await encodeBatch(shard, range, pages)
          const batchId = `${encoded.batch.batchId}-newer`
          const path = pathOf(range.hourMs, batchId)
          return { ...encoded, batch: { ...encoded.batch, batchId, path } }
        }
        const next = { clock: clockAt(NOW_MS + 60_000), encode }
        expect(await run(next, LIMITS)).toMatchObject({ outcome: 'drained', batches: 3 })
        const newer = (await files()).filter(({ path }) => path.includes('-newer'))
        expect(newer).toHaveLength(2)
        await expectFiledOnce(under, ids)
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
      await expectFiledOnce(under, ids)
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
        const newer: string[] = []
        const ended = await overtaken<DrainStep, DrainResult>(
          at,
          (step) => run({ clock: clockAt(NOW_MS), step }, LIMITS),
          async () => {
            const other = { clock: clockAt(NOW_MS + 60_000) }
            expect(await run(other, LIMITS)).toMatchObject({ outcome: 'drained', backlogRows: 0 })
            // New work, which the sleeper must neither open nor trim.
            newer.push(...(await under.fill(5, NINE_MS + HOUR_MS + 60_000)))
          },
          standing,
        )
        expect(ended).toMatchObject({ outcome: 'lost' })
        expect(await files()).toEqual(untouched)
        expect(await messageIds()).toEqual(ids)
        // Nor did it break what comes after it.
        await run({ clock: clockAt(NOW_MS + 120_000) }, LIMITS)
        await expectFiledOnce(under, [...ids, ...newer])
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
      await expectFiledOnce(under, ids)
    })

    test('eight whose clocks let each evict the one before', async () => {
      const ids = await under.fill(100)
      const racers = Array.from({ length: 8 }, (_, n) =>
        run({ clock: clockAt(NOW_MS + n * HOUR_MS) }, { maxEntries: 5, trimEntries: 2 }),
      )
      const outcomes = (await Promise.all(racers)).map(({ outcome }) => outcome)
      expect(outcomes).toContain('lost')
      await run({ clock: clockAt(NOW_MS + 9 * HOUR_MS) }, { maxEntries: 5, maxBatches: 100 })
      await expectFiledOnce(under, ids)
      const log = await manifests.latest(under.outbox.shard, 100)
      expect(log.reduce((sum, { entries }) => sum + entries, 0)).toBe(100)
      expect(log.every(({ state }) => state === 'done')).toBe(true)
    })
  })
}
