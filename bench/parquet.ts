/**
 * Parquet sync, inside workerd: rows a second from outbox bodies to file,
 * against hyparquet-writer alone on the same rows, made into its columns
 * beforehand. By the CPU time of workerd, so that other processes do not count.
 */
import { dirname } from 'node:path'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { interleave } from './harness/interleave.ts'
import { number, type Bench, type Report } from './harness/row.ts'
import { bundleOf } from './http/bundle.ts'
import { childNamed, cpuMicrosOf } from './http/cpu.ts'

const ROWS = 10_000
const ROUNDS = 15
const WARM_UPS = 5
const BUDGET = 0.6

async function run(): Promise<Report> {
  const scriptPath = await bundleOf('bench/warehouse/encode-worker.ts')
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      scriptPath,
      modulesRoot: dirname(scriptPath),
      compatibilityDate: '2026-10-01',
      compatibilityFlags: ['nodejs_compat'],
      telemetry: { enabled: false },
    }),
  )
  try {
    await miniflare.ready
    const workerd = childNamed('workerd')
    const ask = async (side: 'ours' | 'theirs' | 'prepare'): Promise<number> => {
      const response = await miniflare.dispatchFetch(`http://bench/${side}`)
      return ((await response.json()) as { result: number }).result
    }
    /** Milliseconds a side takes. */
    const timed = async (side: 'ours' | 'theirs'): Promise<number> => {
      const now = (): number => (workerd === null ? performance.now() : cpuMicrosOf(workerd) / 1000)
      const startMs = now()
      await ask(side)
      return now() - startMs
    }
    for (let i = 0; i < WARM_UPS; i++) {
      await ask('ours')
      await ask('prepare')
      await ask('theirs')
    }
    const medians = await interleave(
      ROUNDS,
      () => timed('ours'),
      async () => {
        await ask('prepare')
        return timed('theirs')
      },
    )
    const perSecond = (ms: number): string => number((ROWS / ms) * 1000)
    const characters = await ask('prepare')
    const sizes = [await ask('ours'), await ask('theirs')].map((bytes) => number(bytes))
    return {
      rows: [
        {
          what: 'Parquet sync inside workerd, rows a second of CPU from outbox bodies to file',
          peer: 'hyparquet-writer alone, on ready-made columns',
          theirs: perSecond(medians.theirs),
          ours: perSecond(medians.ours),
          ratio: medians.theirsToOurs,
          budget: `≥ ${BUDGET}`,
          met: medians.theirsToOurs >= BUDGET,
        },
      ],
      notes: [
        `Parquet: ${number(ROWS)} rows of ${number(characters)} characters each, ${ROUNDS} rounds, ` +
          `middle half of the ratios ${number(medians.spread[0], 2)}–${number(medians.spread[1], 2)}; ` +
          `file ${sizes[0]} bytes, theirs ${sizes[1]}.`,
      ],
    }
  } finally {
    await miniflare.dispose()
  }
}

export const parquetBench: Bench = {
  about: 'Parquet sync inside workerd against hyparquet-writer alone',
  run,
}
