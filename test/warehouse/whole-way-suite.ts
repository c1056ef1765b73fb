/**
 * The whole of a tick over an outbox: drain, hand over to PostgreSQL, compact.
 * Killed after any step, raced, put off, with a clock that jumps: in the end
 * the files and the sink hold every messageId once.
 */
import { beforeEach, describe, expect, test } from 'vitest'
import { killAfter, killAt, numbered, stepsOf } from './interruptions.ts'
import { bucket, clockAt, runCompact, runDrain, runFeed } from './jobs.ts'
import {
  clearWith,
  expectFiledOnce,
  fillTwoHours,
  type OutboxUnderTest,
} from './outbox-under-test.ts'
import { spoiledSink } from './spoiled-sink.ts'
import { LIMIT_MS, NEVER, withLimit } from './time-limit.ts'
import { files, HOUR_MS, NINE_MS } from './warehouse.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * HOUR_MS
const NOW_MS = NINE_MS + 4 * HOUR_MS
/** The longest lease, and a little. */
const LATER_MS = 4 * MINUTE_MS

type Step = (step: string) => void | Promise<void>

export async function wholeWaySuite(name: string, under: OutboxUnderTest): Promise<void> {
  const target = await spoiledSink(`way_${name.toLowerCase()}`)
  const { postgres } = target
  /** What becomes of a put: `away` stores nothing, `unanswered` stores it and fails. */
  let fate: (nth: number) => 'fine' | 'away' | 'unanswered' = () => 'fine'
  let puts = 0
  const spoiled: typeof bucket = {
    ...bucket,
    async putIfAbsent(...put) {
      const met = fate(++puts)
      if (met === 'away') throw new Error('R2 is away')
      const bytes = await bucket.putIfAbsent(...put)
      if (met === 'unanswered') throw new Error('R2 did not answer')
      return bytes
    },
  }

  /** What the cron does, at one moment. What `step` throws ends it there. */
  async function tick(nowMs: number, step: Step = () => {}) {
    const { outbox } = under
    const { shard } = outbox
    const clock = clockAt(nowMs)
    const told = (job: string) => ({
      clock,
      step: (done: string) => step(`${job} ${done}`),
    })
    const sink = target.open({ batchTimeoutMs: LIMIT_MS })
    try {
      return {
        drained: await runDrain({ ...told('drain'), bucket: spoiled, outbox }, { maxEntries: 2 }),
        fed: await runFeed(sink, { ...told('feed'), shard }),
        compacted: await runCompact({ ...told('compact'), bucket: spoiled, shard }, { quietMs: 0 }),
      }
    } finally {
      await sink.close()
    }
  }

  /** Two hours, three files, of which two are put together. */
  const load = (): Promise<string[]> => fillTwoHours(under, [4, 2])

  async function expectOnce(ids: readonly string[]): Promise<void> {
    await expectFiledOnce(under, ids)
    expect(await target.messageIds()).toEqual(ids.toSorted())
  }

  const renew = async (): Promise<void> => {
    await clearWith(under)
    await target.renew()
    fate = () => 'fine'
    puts = 0
  }
  beforeEach(renew)

  describe(`from the outbox on ${name} to files and PostgreSQL`, async () => {
    await renew()
    await load()
    const steps = await stepsOf<string>((step) => tick(NOW_MS, step))

    test('an undisturbed tick has every kind of step of the three', () => {
      expect(steps.length).toBeGreaterThan(35)
      for (const step of [
        ...[
          'acquired',
          'opened',
          'encoded',
          'named',
          'stored',
          'advanced',
          'trimmed',
          'closed',
        ].map((one) => `drain ${one}`),
        ...['acquired', 'applied', 'advanced', 'released'].map((one) => `feed ${one}`),
        ...['acquired', 'opened', 'encoded', 'stored', 'pointed', 'removed', 'closed'].map(
          (one) => `compact ${one}`,
        ),
      ]) {
        expect(steps).toContain(step)
      }
    })

    test.each(numbered(steps))(
      'killed after step %i, %s: every messageId once in both',
      async (nth) => {
        const ids = await load()
        await expect(tick(NOW_MS, killAt(nth))).rejects.toThrow('killed')
        await tick(NOW_MS + LATER_MS)
        await tick(NOW_MS + 2 * LATER_MS)
        await expectOnce(ids)
        expect((await files()).length).toBe(2)
      },
    )

    test('killed again and again, a step further each time, while more comes in', async () => {
      const ids = await load()
      let kills = 0
      let nowMs = NOW_MS
      for (let nth = 1; nth <= 60; nth++) {
        if (nth % 10 === 0) ids.push(...(await under.fill(1, NINE_MS + 2 * HOUR_MS + nth)))
        await tick((nowMs += LATER_MS), killAt(3 + (nth % 7))).catch(() => kills++)
      }
      expect(kills).toBeGreaterThan(10)
      for (let n = 0; n < 3; n++) await tick((nowMs += LATER_MS))
      await expectOnce(ids)
    })

    test('two schedulers race, then eight of which each evicts the one before', async () => {
      const ids = await load()
      const dying = tick(NOW_MS - HOUR_MS, killAfter('drain opened'))
      await expect(dying).rejects.toThrow('killed')
      await Promise.all([tick(NOW_MS), tick(NOW_MS)])
      ids.push(...(await under.fill(5, NINE_MS + 2 * HOUR_MS)))
      await Promise.all(Array.from({ length: 8 }, (_, n) => tick(NOW_MS + n * LATER_MS)))
      await tick(NOW_MS + 9 * LATER_MS)
      await tick(NOW_MS + 10 * LATER_MS)
      await expectOnce(ids)
    })

    test('PostgreSQL is down for many ticks, in which files are put together', async () => {
      const ids = await load()
      await postgres.kill()
      for (let n = 0; n < 12; n++) {
        const { fed } = await tick(NOW_MS + n * 31 * MINUTE_MS)
        expect(fed).toMatchObject({ outcome: 'waiting', batches: 0, buried: 0 })
      }
      ids.push(...(await under.fill(2, NINE_MS + 2 * HOUR_MS)))
      await postgres.start()
      await tick(NOW_MS + DAY_MS)
      await expectOnce(ids)
    })

    test('R2 is away for many ticks', async () => {
      const ids = await load()
      fate = () => 'away'
      for (let n = 0; n < 12; n++) {
        await expect(tick(NOW_MS + n * LATER_MS)).rejects.toThrow('R2 is away')
      }
      expect(await files()).toEqual([])
      ids.push(...(await under.fill(2, NINE_MS + 2 * HOUR_MS)))
      fate = () => 'fine'
      await tick(NOW_MS + 12 * LATER_MS)
      await expectOnce(ids)
    })

    test.each([1, 2, 3, 4])('R2 stored put %i of a tick and did not say so', async (lost) => {
      const ids = await load()
      fate = (nth) => (nth === lost ? 'unanswered' : 'fine')
      await expect(tick(NOW_MS)).rejects.toThrow('R2 did not answer')
      await tick(NOW_MS + LATER_MS)
      await expectOnce(ids)
      expect((await files()).length).toBe(2)
    })

    test.each(['lose-answer', 'hold-answer', 'lose-commit'] as const)(
      'PostgreSQL: %s',
      async (kind) => {
        const ids = await load()
        await tick(NOW_MS - MINUTE_MS)
        ids.push(...(await under.fill(3, NINE_MS + 2 * HOUR_MS)))
        await postgres.fault({ kind, times: 1 })
        const over = kind === 'hold-answer' ? postgres.untilHeld() : NEVER
        const { fed } = await withLimit(over, () => tick(NOW_MS))
        expect(fed).toMatchObject({ outcome: 'waiting' })
        await tick(NOW_MS + MINUTE_MS)
        await expectOnce(ids)
      },
    )

    test('a clock that was a year ahead when a run died keeps nobody out for longer than two leases', async () => {
      const ids = await load()
      const ahead = NOW_MS + 365 * DAY_MS
      for (const at of ['drain named', 'feed applied', 'compact stored']) {
        await tick(ahead, killAfter(at)).catch(() => {})
      }
      // What it put off then is not waited for either.
      await postgres.kill()
      await tick(ahead + HOUR_MS)
      await postgres.start()
      for (let n = 0; n < 3; n++) await tick(NOW_MS + n * LATER_MS)
      await expectOnce(ids)
    })

    test('clocks that jump to and fro between ticks, and between arrivals', async () => {
      const ids = await load()
      const jumps = [0, -DAY_MS, 5 * MINUTE_MS, 3 * DAY_MS, -2 * DAY_MS, HOUR_MS, 10 * DAY_MS]
      for (const [n, jump] of jumps.entries()) {
        ids.push(...(await under.fill(1, NINE_MS + (n % 3) * HOUR_MS + 1000 + n)))
        await tick(NOW_MS + jump)
      }
      await tick(NOW_MS + 11 * DAY_MS)
      await expectOnce(ids)
    })
  })
}
