/** Sinks that are slow, away, or answer too late: at the end each holds every messageId once. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import type { FeedDeps, FeedOptions, FeedResult, FeedStep } from '../../worker/flow/feed.ts'
import { SinkError, type Sink, type SinkBatch } from '../../worker/warehouse/sink-ports.ts'
import { killAt, numbered, overtaken, stepsOf } from './interruptions.ts'
import { clockAt, runDrain, runFeed, sinkLog } from './jobs.ts'
import { spoiledSink } from './spoiled-sink.ts'
import { LIMIT_MS, NEVER, withLimit } from './time-limit.ts'
import { clear, fill, HOUR_MS, manifests, NINE_MS } from './warehouse.ts'

const NOW_MS = NINE_MS + 2 * HOUR_MS
const MINUTE_MS = 60_000
const target = await spoiledSink('feed')
const { postgres } = target

/** Takes what it is given, and remembers it by batch: a stand-in for timing alone. */
function memorySink(over: Partial<Sink> = {}): Sink & { readonly took: string[] } {
  const took: string[] = []
  return {
    name: 'memory',
    took,
    async apply({ batchId }: SinkBatch) {
      if (took.includes(batchId)) return 'already'
      took.push(batchId)
      return 'applied'
    },
    close: async () => {},
    ...over,
  }
}

const tick = async (
  sink: Sink,
  nowMs = NOW_MS,
  { over = {}, ...options }: Partial<FeedOptions> & { over?: Partial<FeedDeps> } = {},
) => {
  try {
    return await runFeed(sink, { clock: clockAt(nowMs), ...over }, options)
  } finally {
    await sink.close()
  }
}

/** Files of four commits each, drained. Answers the messageIds. */
async function files(count: number, startMs = NINE_MS): Promise<string[]> {
  const ids = await fill(4 * count, startMs)
  await runDrain({ clock: clockAt(NOW_MS) }, { maxEntries: 4 })
  return ids
}

beforeEach(async () => {
  await clear()
  await target.renew()
})

describe('feeding', () => {
  test('hands over every batch in order, once, and then has nothing to do', async () => {
    const ids = await files(3)
    expect(await tick(target.open())).toEqual({
      outcome: 'fed',
      batches: 3,
      rows: 24,
      buried: 0,
      error: null,
    })
    expect(await target.messageIds()).toEqual(ids)
    expect(await tick(target.open())).toMatchObject({ outcome: 'fed', batches: 0 })
    expect(await sinkLog.read('pg', 'd1')).toMatchObject({
      batches: 3,
      rows: 24,
      tries: 0,
      error: null,
    })
    // The files themselves stand in the same sinkLog.
    expect(await sinkLog.read('r2', 'd1')).toMatchObject({ batches: 3, rows: 24 })
  })

  test('is bounded by batches and by time, and goes on where it was', async () => {
    await files(5)
    const sink = memorySink()
    expect(await tick(sink, NOW_MS, { maxBatches: 2 })).toMatchObject({ batches: 2 })
    let nowMs = NOW_MS
    const clock = { nowMs: () => nowMs }
    const slow: Sink = {
      ...sink,
      apply: async (batch) => {
        nowMs += 15_000
        return sink.apply(batch)
      },
    }
    expect(await tick(slow, NOW_MS, { over: { clock }, budgetMs: 20_000 })).toMatchObject({
      batches: 2,
    })
    expect(await tick(sink)).toMatchObject({ batches: 1 })
    expect(new Set(sink.took).size).toBe(5)
  })

  test('a sink that came later begins from the first file', async () => {
    const ids = await files(2)
    await tick(memorySink())
    await tick(target.open())
    expect(await target.messageIds()).toEqual(ids)
  })
})

describe('a run killed after each of its steps', async () => {
  await clear()
  await target.renew()
  await files(2)
  const steps = await stepsOf<FeedStep>((step) => tick(target.open(), NOW_MS, { over: { step } }))

  test('the undisturbed run has every kind of step', () => {
    expect(steps).toEqual(['acquired', 'applied', 'advanced', 'applied', 'advanced', 'released'])
  })

  test.each(numbered(steps))(
    'step %i, %s: the next run leaves every messageId there once',
    async (nth, step) => {
      const ids = await files(2)
      const killed = tick(target.open(), NOW_MS, { over: { step: killAt(nth) } })
      await expect(killed).rejects.toThrow('killed')
      if (step !== 'released') {
        expect(await tick(target.open(), NOW_MS + MINUTE_MS)).toMatchObject({ outcome: 'busy' })
      }
      expect(await tick(target.open(), NOW_MS + 4 * MINUTE_MS)).toMatchObject({ outcome: 'fed' })
      expect(await target.messageIds()).toEqual(ids)
      expect(await sinkLog.read('pg', 'd1')).toMatchObject({ batches: 2, rows: 16 })
    },
  )

  test.each(['applied', 'acquired'] as const)(
    'a holder that slept at "%s" while another finished moves nothing when it wakes',
    async (at) => {
      const ids = await files(2)
      const ended = await overtaken<FeedStep, FeedResult>(
        at,
        (step) => tick(target.open(), NOW_MS, { over: { step } }),
        async () => {
          const other = await tick(target.open(), NOW_MS + 4 * MINUTE_MS)
          expect(other).toMatchObject({ outcome: 'fed' })
        },
      )
      expect(ended).toMatchObject({ outcome: 'lost' })
      expect(await target.messageIds()).toEqual(ids)
    },
  )

  test('of two schedulers at once one feeds', async () => {
    const ids = await files(2)
    const outcomes = await Promise.all([tick(target.open()), tick(target.open())])
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['busy', 'fed'])
    expect(await target.messageIds()).toEqual(ids)
  })

  test('eight whose clocks let each evict the one before', async () => {
    const ids = await files(6)
    await tick(target.open(), NOW_MS, { maxBatches: 1 })
    const racers = Array.from({ length: 8 }, (_, n) => tick(target.open(), NOW_MS + n * HOUR_MS))
    await Promise.all(racers)
    await tick(target.open(), NOW_MS + 9 * HOUR_MS)
    expect(await target.messageIds()).toEqual(ids)
  })
})

describe('a sink that applied the batch and did not say so', () => {
  test.each(['lose-answer', 'hold-answer'] as const)(
    '%s: it is not applied twice',
    async (kind) => {
      const ids = await files(2)
      await tick(target.open(), NOW_MS, { maxBatches: 1 })
      await postgres.fault({ kind, times: 1 })
      const over = kind === 'hold-answer' ? postgres.untilHeld() : NEVER
      const failed = await withLimit(over, () =>
        tick(target.open({ batchTimeoutMs: LIMIT_MS }), NOW_MS),
      )
      expect(failed).toMatchObject({ outcome: 'waiting', batches: 0 })
      expect(await target.messageIds()).toEqual(ids)
      expect(await sinkLog.read('pg', 'd1')).toMatchObject({ tries: 1, batches: 1 })
      expect(await tick(target.open(), NOW_MS + MINUTE_MS)).toMatchObject({
        outcome: 'fed',
        batches: 1,
      })
      expect(await target.messageIds()).toEqual(ids)
      expect(await sinkLog.read('pg', 'd1')).toMatchObject({ tries: 0, batches: 2, rows: 16 })
    },
  )

  test('a connection that broke before the commit left nothing behind', async () => {
    const ids = await files(1)
    await tick(memorySink())
    await postgres.fault({ kind: 'lose-commit', times: 2 })
    // The first commit is that of the tables.
    expect(await tick(target.open())).toMatchObject({ outcome: 'waiting' })
    expect(await tick(target.open(), NOW_MS + MINUTE_MS)).toMatchObject({ outcome: 'waiting' })
    expect(await target.messageIds().catch(() => [])).toEqual([])
    expect(await tick(target.open(), NOW_MS + 5 * MINUTE_MS)).toMatchObject({ outcome: 'fed' })
    expect(await target.messageIds()).toEqual(ids)
  })
})

describe('a sink that is away', () => {
  test('for many ticks: nothing is put aside, and all is there when it is back', async () => {
    const ids = await files(2)
    await tick(target.open(), NOW_MS, { maxBatches: 1 })
    await postgres.kill()
    for (let n = 1; n <= 20; n++) {
      const result = await tick(target.open(), NOW_MS + n * MINUTE_MS)
      expect(result).toMatchObject({ outcome: 'waiting', buried: 0 })
      expect(result.error).toContain('unavailable')
    }
    ids.push(...(await files(2, NINE_MS + MINUTE_MS)))
    await postgres.start()
    expect(await tick(target.open(), NOW_MS + 21 * MINUTE_MS)).toMatchObject({
      outcome: 'fed',
      batches: 3,
    })
    expect(await target.messageIds()).toEqual(ids.sort())
    expect(await sinkLog.deadLetters(9)).toEqual([])
  })

  test('holds up no other one', async () => {
    await files(2)
    await postgres.fault({ kind: 'refuse', times: 100 })
    const other = memorySink()
    const [away, fine] = await Promise.all([tick(target.open()), tick(other)])
    expect(away).toMatchObject({ outcome: 'waiting' })
    expect(fine).toMatchObject({ outcome: 'fed', batches: 2 })
  })
})

describe('a batch that a sink cannot take', () => {
  /** Refuses the second batch it ever meets until it is told not to. */
  function refusing(): Sink & { readonly took: string[]; relent: boolean } {
    const inner = memorySink()
    const seen: string[] = []
    const sink = {
      ...inner,
      relent: false,
      async apply(batch: SinkBatch) {
        if (!seen.includes(batch.batchId)) seen.push(batch.batchId)
        if (seen.indexOf(batch.batchId) === 1 && !sink.relent) {
          throw new SinkError('failed', '22P02 invalid input')
        }
        return inner.apply(batch)
      },
    }
    return sink
  }
  const OPTIONS = { maxTries: 3, backoffMs: 30_000 }

  test('is tried with growing pauses, then put aside, and the ones behind it go in', async () => {
    await files(3)
    const sink = refusing()
    expect(await tick(sink, NOW_MS, OPTIONS)).toEqual({
      outcome: 'waiting',
      batches: 1,
      rows: 8,
      buried: 0,
      error: 'failed: 22P02 invalid input',
    })
    expect(await sinkLog.read('memory', 'd1')).toMatchObject({
      tries: 1,
      retryAtMs: NOW_MS + 30_000,
    })
    expect(await tick(sink, NOW_MS + 29_999, OPTIONS)).toMatchObject({
      outcome: 'waiting',
      error: null,
    })
    await tick(sink, NOW_MS + 30_000, OPTIONS)
    expect(await sinkLog.read('memory', 'd1')).toMatchObject({
      tries: 2,
      retryAtMs: NOW_MS + 90_000,
    })
    expect(await tick(sink, NOW_MS + 90_000, OPTIONS)).toMatchObject({
      outcome: 'fed',
      batches: 1,
      buried: 1,
    })
    expect(sink.took).toHaveLength(2)
    const [letter, ...more] = await sinkLog.deadLetters(9)
    expect(more).toEqual([])
    expect(letter).toMatchObject({
      sink: 'memory',
      shard: 'd1',
      fromSeq: 5,
      tries: 3,
      error: 'failed: 22P02 invalid input',
      wanted: false,
    })
  })

  test('goes in when somebody asks for another try; in vain it is put aside again', async () => {
    await files(3)
    const sink = refusing()
    for (let n = 0; n < 3; n++) await tick(sink, NOW_MS + n * HOUR_MS, OPTIONS)
    expect(await sinkLog.want('memory', NOW_MS)).toBe(1)
    const again = NOW_MS + 4 * HOUR_MS
    expect(await tick(sink, again, OPTIONS)).toMatchObject({ buried: 1, batches: 0 })
    expect(await sinkLog.deadLetters(9)).toMatchObject([{ tries: 4, wanted: false }])
    sink.relent = true
    expect(await tick(sink, again, OPTIONS)).toMatchObject({ batches: 0 })
    await sinkLog.want('memory', again)
    expect(await tick(sink, again, OPTIONS)).toMatchObject({ outcome: 'fed', batches: 1, rows: 8 })
    expect(await sinkLog.deadLetters(9)).toEqual([])
    expect(new Set(sink.took).size).toBe(3)
    expect(await sinkLog.read('memory', 'd1')).toMatchObject({ batches: 3, rows: 24 })
  })

  test('stays wanted while the sink is away', async () => {
    await files(3)
    const sink = refusing()
    for (let n = 0; n < 3; n++) await tick(sink, NOW_MS + n * HOUR_MS, OPTIONS)
    await sinkLog.want('memory', NOW_MS)
    const away = memorySink({
      apply: async () => {
        throw new SinkError('unavailable', 'away')
      },
    })
    await tick(away, NOW_MS + 4 * HOUR_MS, OPTIONS)
    expect(await sinkLog.deadLetters(9)).toMatchObject([{ tries: 3, wanted: true }])
    sink.relent = true
    expect(await tick(sink, NOW_MS + 5 * HOUR_MS)).toMatchObject({ outcome: 'fed', batches: 1 })
  })

  test('a wish ends the pause of the next batch, too', async () => {
    await files(2)
    const sink = refusing()
    await tick(sink, NOW_MS, OPTIONS)
    sink.relent = true
    await sinkLog.want('memory', NOW_MS + 1)
    expect(await tick(sink, NOW_MS + 1, OPTIONS)).toMatchObject({ outcome: 'fed', batches: 1 })
  })

  test('is one whose file is gone: that is told, and the next go on', async () => {
    await files(3)
    const gone = (await manifests.after('d1', 4))!
    await env.BUCKET.delete(gone.batch!.path)
    const reading = memorySink({
      apply: async (batch) => {
        for await (const _ of batch.read());
        return 'applied'
      },
    })
    for (let n = 0; n < 3; n++) await tick(reading, NOW_MS + n * HOUR_MS, OPTIONS)
    expect(await sinkLog.read('memory', 'd1')).toMatchObject({ batches: 2 })
    expect(await sinkLog.deadLetters(9)).toMatchObject([
      { fromSeq: 5, batchId: gone.batch!.batchId },
    ])
  })
})
