/**
 * The whole of a tick over an outbox: drain, hand over to PostgreSQL, compact.
 * Killed after any step, raced, put off, with a clock that jumps: in the end
 * the files and the sink hold every messageId once.
 */
import { env } from 'cloudflare:workers'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { compact } from '../../worker/flow/compact.ts'
import { drain } from '../../worker/flow/drain.ts'
import { feed } from '../../worker/flow/feed.ts'
import { d1Compactions } from '../../worker/store/d1/compaction.ts'
import { d1SinkLog } from '../../worker/store/d1/sink-log.ts'
import { compactedPath, compactFile } from '../../worker/warehouse/compact-file.ts'
import type { OutboxReader } from '../../worker/warehouse/ports.ts'
import { postgresSink } from '../../worker/warehouse/postgres/postgres-sink.ts'
import { r2Bucket } from '../../worker/warehouse/r2-bucket.ts'
import { batchOf } from '../../worker/warehouse/sinks.ts'
import { openSpoiledPostgres } from '../support/workerd/postgres.ts'
import { killAt } from './interruptions.ts'
import { LIMIT_MS, NEVER, withLimit } from './time-limit.ts'
import { clear, deps, files, HOUR_MS, manifests, messageIds, NINE_MS } from './warehouse.ts'

export interface OutboxUnderTest {
  readonly outbox: OutboxReader
  readonly clear: () => Promise<void>
  /** Commits of two records each, a millisecond apart; their messageIds. */
  readonly fill: (count: number, startMs?: number) => Promise<string[]>
  readonly size: () => Promise<number>
}

const MINUTE_MS = 60_000
const DAY_MS = 24 * HOUR_MS
const NOW_MS = NINE_MS + 4 * HOUR_MS
/** The longest lease, and a little. */
const LATER_MS = 4 * MINUTE_MS
const bucket = r2Bucket(env.BUCKET)
const log = d1SinkLog(env.DB)

type Step = (step: string) => void | Promise<void>

export async function wholeWaySuite(name: string, under: OutboxUnderTest): Promise<void> {
  const postgres = await openSpoiledPostgres()
  let schema = ''
  let schemas = 0
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
  afterAll(() => postgres.clearFault())

  /** What the cron does, at one moment. What `step` throws ends it there. */
  async function tick(nowMs: number, step: Step = () => {}) {
    const { outbox } = under
    const shared = { clock: { nowMs: () => nowMs }, leases: deps().leases }
    const run = { holder: crypto.randomUUID() }
    const sink = postgresSink({
      name: 'pg',
      connectionString: postgres.connectionString,
      schema,
      batchTimeoutMs: LIMIT_MS,
      connectTimeoutMs: 120_000,
    })
    try {
      const drained = await drain(
        deps({ ...shared, bucket: spoiled, outbox, step: (done) => step(`drain ${done}`) }),
        { ...run, maxEntries: 2 },
      )
      const fed = await feed(
        {
          ...shared,
          manifests,
          log,
          sink,
          shard: outbox.shard,
          batchOf: (manifest) => batchOf(bucket, manifest),
          step: (done) => step(`feed ${done}`),
        },
        run,
      )
      const compacted = await compact(
        {
          ...shared,
          compactions: d1Compactions(env.DB),
          bucket: spoiled,
          shard: outbox.shard,
          pathOf: compactedPath,
          encode: (pieces) => compactFile(bucket, pieces),
          step: (done) => step(`compact ${done}`),
        },
        { ...run, quietMs: 0 },
      )
      return { drained, fed, compacted }
    } finally {
      await sink.close()
    }
  }

  /** Two hours, three files, of which two are put together. */
  const load = async (): Promise<string[]> =>
    [...(await under.fill(4)), ...(await under.fill(2, NINE_MS + HOUR_MS))].sort()

  async function expectOnce(ids: readonly string[]): Promise<void> {
    expect(await messageIds()).toEqual(ids)
    const rows = await postgres.query(`SELECT message_id FROM ${schema}.events ORDER BY 1`)
    expect(rows.map((row) => row['message_id'])).toEqual(ids)
    expect(await under.size()).toBe(0)
    expect(await log.deadLetters(9)).toEqual([])
    const unfinished = `SELECT (SELECT count(*) FROM manifest WHERE state <> 'done') + (SELECT count(*) FROM compaction) AS n`
    expect(await env.DB.prepare(unfinished).first('n')).toBe(0)
  }

  beforeEach(async () => {
    await clear()
    await under.clear()
    await postgres.clearFault()
    fate = () => 'fine'
    puts = 0
    schema = `way_${name.toLowerCase()}_${++schemas}`
  })

  describe(`from the outbox on ${name} to files and PostgreSQL`, async () => {
    const steps: string[] = []
    await clear()
    await under.clear()
    schema = `way_${name.toLowerCase()}_whole`
    await load()
    await tick(NOW_MS, (step) => void steps.push(step))

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

    test.each(steps.map((step, index) => [index + 1, step] as const))(
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
      await expectOnce(ids.sort())
    })

    test('two schedulers race, then eight of which each evicts the one before', async () => {
      const ids = await load()
      await tick(NOW_MS - HOUR_MS, (step) => {
        if (step === 'drain opened') throw new Error('killed')
      }).catch(() => {})
      await Promise.all([tick(NOW_MS), tick(NOW_MS)])
      ids.push(...(await under.fill(5, NINE_MS + 2 * HOUR_MS)))
      await Promise.all(Array.from({ length: 8 }, (_, n) => tick(NOW_MS + n * LATER_MS)))
      await tick(NOW_MS + 9 * LATER_MS)
      await tick(NOW_MS + 10 * LATER_MS)
      await expectOnce(ids.sort())
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
      await expectOnce(ids.sort())
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
      await expectOnce(ids.sort())
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
        await expectOnce(ids.sort())
      },
    )

    test('a clock that was a year ahead when a run died keeps nobody out for longer than two leases', async () => {
      const ids = await load()
      const ahead = NOW_MS + 365 * DAY_MS
      for (const at of ['drain named', 'feed applied', 'compact stored']) {
        await tick(ahead, (step) => {
          if (step === at) throw new Error('killed')
        }).catch(() => {})
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
      await expectOnce(ids.sort())
    })
  })
}
