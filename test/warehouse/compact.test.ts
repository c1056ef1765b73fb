/** Small files into one: whoever follows the batches finds each once, before, during and after. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import type { CompactDeps, CompactOptions, CompactStep } from '../../worker/flow/compact.ts'
import type { DrainResult, DrainStep } from '../../worker/flow/drain.ts'
import type { FeedDeps } from '../../worker/flow/feed.ts'
import type { Sink, SinkBatch } from '../../worker/warehouse/sink-ports.ts'
import { batchOf } from '../../worker/warehouse/sinks.ts'
import { killAt, numbered, overtaken, stepsOf } from './interruptions.ts'
import { bucket, clockAt, compactions, runCompact, runDrain, runFeed, sinkLog } from './jobs.ts'
import { expectFiledOnce, fillTwoHours, onD1 } from './outbox-under-test.ts'
import {
  clear,
  commit,
  fill,
  files,
  HOUR_MS,
  manifests,
  messageIds,
  NINE_MS,
  record,
  rowsIn,
} from './warehouse.ts'

const DRAINED_MS = NINE_MS + 2 * HOUR_MS
const NOW_MS = DRAINED_MS + HOUR_MS

const tick = (
  over: Partial<CompactDeps> = {},
  options: Partial<CompactOptions> = {},
  nowMs = NOW_MS,
) => runCompact({ clock: clockAt(nowMs), ...over }, options)

/** Commits drained into files of four each. */
async function drained(commits: number, startMs = NINE_MS): Promise<string[]> {
  const ids = await fill(commits, startMs)
  await runDrain({ clock: clockAt(DRAINED_MS) }, { maxEntries: 4 })
  return ids
}

/** A sink that reads what it is given, and counts every messageId. */
function reader(name = 'reader'): Sink & { readonly ids: string[] } {
  const done = new Set<string>()
  const ids: string[] = []
  const decoder = new TextDecoder()
  return {
    name,
    ids,
    async apply(batch: SinkBatch) {
      if (done.has(batch.batchId)) return 'already'
      const own: string[] = []
      for await (const { rows, columns } of batch.read()) {
        for (let row = 0; row < rows; row++) {
          own.push(decoder.decode(columns.get('message_id')?.[row] as Uint8Array))
        }
      }
      ids.push(...own)
      done.add(batch.batchId)
      return 'applied'
    },
    close: async () => {},
  }
}
const feedAll = (sink: Sink, over: Partial<FeedDeps> = {}, maxBatches = 100, nowMs = NOW_MS) =>
  runFeed(sink, { clock: clockAt(nowMs), ...over }, { maxBatches })

beforeEach(clear)

describe('compacting', () => {
  test('makes one file of an hour, with the same rows in the same order', async () => {
    const ids = await drained(18)
    const small = await files()
    expect(small).toHaveLength(5)
    const before = (await Promise.all(small.map(({ path }) => rowsIn(path)))).flat()
    expect(await tick()).toEqual({ outcome: 'compacted', files: 1, from: 5 })
    const [file, ...more] = await files()
    expect(more).toEqual([])
    expect(file?.path).toMatch(
      /^events\/dt=2026-03-01\/hour=09\/d1-0{14}1-0{13}18-[0-9a-f]{32}\.parquet$/,
    )
    expect(await rowsIn(file!.path)).toEqual(before)
    expect(await messageIds()).toEqual(ids)
    const all = await manifests.latest('d1', 9)
    expect(all.toReversed().map(({ firstRow, batch }) => [firstRow, batch?.rows])).toEqual([
      [0, 8],
      [8, 8],
      [16, 8],
      [24, 8],
      [32, 4],
    ])
    expect(new Set(all.map(({ batch }) => batch?.batchId)).size).toBe(5)
    expect(await tick()).toEqual({ outcome: 'compacted', files: 0, from: 0 })
  })

  test('leaves the hour that is not over, and files that were just written, alone', async () => {
    await drained(8)
    const untouched = await files()
    const early = NINE_MS + HOUR_MS + 899_999
    expect(await tick({}, { quietMs: -HOUR_MS }, early)).toMatchObject({ files: 0 })
    expect(await tick({}, { quietMs: -HOUR_MS }, early + 1)).toMatchObject({ files: 1 })
    await clear()
    await drained(8)
    expect(await tick({}, {}, DRAINED_MS + 1_799_999)).toMatchObject({ files: 0 })
    expect(await files()).toEqual(untouched)
    expect(await tick({}, {}, DRAINED_MS + 1_800_000)).toMatchObject({ files: 1 })
  })

  test('keeps within rows and bytes, and never touches a file twice', async () => {
    const ids = await drained(22)
    expect(await tick({}, { maxRows: 16 })).toEqual({ outcome: 'compacted', files: 3, from: 6 })
    expect(await files()).toHaveLength(3)
    expect(await messageIds()).toEqual(ids)
    const made = await files()
    expect(await tick()).toMatchObject({ files: 0 })
    expect(await files()).toEqual(made)
    await clear()
    await drained(12)
    const [first] = await manifests.latest('d1', 1)
    // The third would be too much for the first two, and is alone then.
    const maxBytes = 2 * first!.batch!.bytes + 100
    expect(await tick({}, { maxBytes })).toEqual({ outcome: 'compacted', files: 1, from: 2 })
    expect(await files()).toHaveLength(2)
  })

  test('goes hour by hour, takes late ones of an hour together, and is bounded', async () => {
    const ids = [
      ...(await drained(8)),
      ...(await drained(8, NINE_MS + HOUR_MS)),
      ...(await drained(8, NINE_MS + 1000)),
    ]
    const nowMs = NINE_MS + 5 * HOUR_MS
    expect(await tick({}, { maxFiles: 1 }, nowMs)).toMatchObject({ files: 1, from: 4 })
    expect(await tick({}, { maxFiles: 1 }, nowMs)).toMatchObject({ files: 1, from: 2 })
    expect((await files()).map(({ path }) => path.slice(0, 28))).toEqual([
      'events/dt=2026-03-01/hour=09',
      'events/dt=2026-03-01/hour=10',
    ])
    // And one more much later.
    ids.push(...(await drained(8, NINE_MS + 2000)))
    expect(await tick({}, {}, nowMs)).toMatchObject({ files: 1, from: 2 })
    expect(await messageIds()).toEqual(ids.sort())
  })

  test('row groups stay within rows and bytes', async () => {
    const wide = 'x'.repeat(500_000)
    for (let n = 0; n < 24; n++)
      await commit(NINE_MS + n, [record(`w${n}`, { properties: { wide } })])
    await runDrain({ clock: clockAt(DRAINED_MS) }, { maxEntries: 4 })
    expect(await tick()).toMatchObject({ files: 1, from: 6 })
    const [file] = await files()
    const { parquetMetadataAsync } = await import('hyparquet')
    const buffer = await (await env.BUCKET.get(file!.path))!.arrayBuffer()
    const groups = (await parquetMetadataAsync(buffer)).row_groups.map(({ num_rows }) =>
      Number(num_rows),
    )
    expect(groups).toEqual([16, 8])
  })
})

describe('sinks', () => {
  test('find each batch once, whether they were behind or new', async () => {
    const ids = await drained(20)
    const [behind, late] = [reader('behind'), reader('late')]
    await feedAll(behind, {}, 2)
    await tick()
    await feedAll(behind)
    await feedAll(late)
    expect(behind.ids.toSorted()).toEqual(ids)
    expect(late.ids.toSorted()).toEqual(ids)
    expect(late.ids).toEqual(behind.ids)
  })

  test('find it where it is now when the file goes while they read', async () => {
    const ids = await drained(20)
    const sink = reader()
    let compacted = 0
    const outcome = await feedAll(sink, {
      // Between the manifest and its file.
      batchOf: (manifest) => {
        const batch = batchOf(bucket, manifest)
        return {
          ...batch,
          async *read() {
            if (compacted++ === 1) await tick()
            yield* batch.read()
          },
        }
      },
    })
    expect(outcome).toMatchObject({ outcome: 'fed', batches: 5, error: null })
    expect(sink.ids.toSorted()).toEqual(ids)
    expect(await files()).toHaveLength(1)
  })

  test('a dead letter is found in the new file', async () => {
    const ids = await drained(12)
    const sink = reader()
    let refuse = true
    const picky: Sink = {
      ...sink,
      apply: async (batch) => {
        if (refuse && batch.batchId.includes('-000000000000005-')) throw new Error('not this one')
        return sink.apply(batch)
      },
    }
    for (let n = 0; n < 8; n++) await feedAll(picky, {}, 100, NOW_MS + n * HOUR_MS)
    expect(await sinkLog.deadLetters(9)).toHaveLength(1)
    await tick({}, {}, NOW_MS + 9 * HOUR_MS)
    refuse = false
    await sinkLog.want('reader', NOW_MS)
    await feedAll(picky, {}, 100, NOW_MS + 20 * HOUR_MS)
    expect(await sinkLog.deadLetters(9)).toEqual([])
    expect(sink.ids.toSorted()).toEqual(ids)
  })
})

describe('a run killed after each of its steps', async () => {
  const nowMs = NINE_MS + 5 * HOUR_MS
  const load = (): Promise<string[]> => fillTwoHours({ fill: drained }, [11, 3])
  await clear()
  await load()
  const steps = await stepsOf<CompactStep>((step) => tick({ step }, {}, nowMs))
  const untouched = await files()

  test('the undisturbed run has every kind of step', () => {
    expect(untouched).toHaveLength(2)
    expect(new Set(steps)).toEqual(
      new Set<CompactStep>([
        'acquired',
        'settled',
        'opened',
        'encoded',
        'stored',
        'pointed',
        'removed',
        'closed',
        'released',
      ]),
    )
  })

  test.each(numbered(steps))(
    'step %i, %s: the next run ends with the same files; a sink meanwhile has each messageId once',
    async (nth, step) => {
      const ids = await load()
      const sink = reader()
      await feedAll(sink, {}, 1)
      await expect(tick({ step: killAt(nth) }, {}, nowMs)).rejects.toThrow('killed')
      if (step !== 'released') {
        expect(await tick({}, {}, nowMs + 119_999)).toMatchObject({ outcome: 'busy' })
      }
      await feedAll(sink, {}, 2)
      expect(await tick({}, {}, nowMs + 120_000)).toMatchObject({ outcome: 'compacted' })
      expect(await files()).toEqual(untouched)
      await feedAll(sink)
      expect(sink.ids.toSorted()).toEqual(ids)
      await expectFiledOnce(onD1, ids)
      expect(await compactions.current('d1')).toBeNull()
    },
  )

  test.each(['opened', 'encoded', 'stored', 'pointed', 'removed', 'closed'] as const)(
    'a holder that slept at "%s" while another finished changes nothing when it wakes',
    async (at) => {
      const ids = await load()
      const ended = await overtaken<CompactStep, { outcome: string }>(
        at,
        // What it wanted to read may be gone.
        (step) => tick({ step }, {}, nowMs).catch((error: Error) => ({ outcome: error.name })),
        async () => {
          expect(await tick({}, {}, nowMs + 120_000)).toMatchObject({ outcome: 'compacted' })
        },
      )
      expect(['lost', 'FileGoneError']).toContain(ended.outcome)
      await expectFiledOnce(onD1, ids)
    },
  )

  test('of two schedulers at once one compacts', async () => {
    const ids = await drained(12)
    const outcomes = await Promise.all([tick(), tick()])
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['busy', 'compacted'])
    expect(await messageIds()).toEqual(ids)
    expect(await files()).toHaveLength(1)
  })
})

test('a drain that slept until its file was compacted takes back what it puts', async () => {
  const ids = await fill(8)
  const ended = await overtaken<DrainStep, DrainResult>(
    'named',
    (step) => runDrain({ clock: clockAt(DRAINED_MS), step }, { maxEntries: 4 }),
    async () => {
      await runDrain({ clock: clockAt(DRAINED_MS + 60_000) }, { maxEntries: 4 })
      expect(await tick({}, {}, NOW_MS + HOUR_MS)).toMatchObject({ files: 1, from: 2 })
    },
  )
  expect(ended).toMatchObject({ outcome: 'lost' })
  expect(await files()).toHaveLength(1)
  await expectFiledOnce(onD1, ids)
})
