/** What is sent to browsers and uploaded to the platform: bytes, and how fast it starts. */
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { unstable_readConfig as readWranglerToml } from 'wrangler'
import { ROOT } from '../scripts/build/root.ts'
import { quantile } from './harness/interleave.ts'
import { number, type Bench, type Row } from './harness/row.ts'
import { workerBundle } from './http/bundle.ts'
import { starter, type StartUp } from './http/start-up.ts'

const STARTS = 15
const BUDGET = { sdkBytes: 6000, bundleBytes: 300_000, startMs: 50 }

const gzipBytes = async (path: string): Promise<number> =>
  gzipSync(await readFile(path), { level: 9 }).length

const kilobytes = (bytes: number): string => `${number(bytes / 1000, 2)} KB`

async function sdkRow(): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-bench-sdk-'))
  try {
    await build({
      root: join(ROOT, 'sdk-browser'),
      configFile: join(ROOT, 'sdk-browser/vite.config.ts'),
      build: { outDir: folder },
      logLevel: 'warn',
    })
    const bytes = await gzipBytes(join(folder, 'tsugi.js'))
    const segment = join(ROOT, 'node_modules/@segment/analytics-next/dist/umd/standalone.js')
    const theirs = existsSync(segment) ? await gzipBytes(segment) : null
    return {
      what: 'browser SDK, everything in it, gzip',
      peer: 'analytics-next, its own standalone build',
      theirs: theirs === null ? 'not installed' : kilobytes(theirs),
      ours: kilobytes(bytes),
      ratio: theirs === null ? null : theirs / bytes,
      budget: `≤ ${BUDGET.sdkBytes / 1000} KB`,
      met: bytes <= BUDGET.sdkBytes,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function bundleRow(bundle: string): Promise<Row> {
  const bytes = await gzipBytes(bundle)
  return {
    what: 'worker bundle, gzip',
    peer: '',
    theirs: '',
    ours: kilobytes(bytes),
    ratio: null,
    budget: `≤ ${BUDGET.bundleBytes / 1000} KB`,
    met: bytes <= BUDGET.bundleBytes,
  }
}

const EMPTY = `export default { fetch: () => new Response('{"ok":true}') }\n`

/** What the script adds to the start of workerd itself and its first answer. */
async function startRow(bundle: string): Promise<{ row: Row; note: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-bench-empty-'))
  const emptyPath = join(folder, 'empty.js')
  await writeFile(emptyPath, EMPTY)
  const { compatibility_date: date } = readWranglerToml({ config: join(ROOT, 'wrangler.toml') })
  const common = {
    compatibilityDate: date as string,
    vars: {
      SIGNING_KEY: 'a signing key of the benchmark, 32 bytes',
      ADMIN_TOKEN: 'an-admin-token-of-the-benchmark',
    },
  }
  const ours = await starter({ path: bundle, ...common })
  const empty = await starter({ path: emptyPath, ...common })
  try {
    await ours.start()
    await empty.start()
    const taken: { ours: StartUp; empty: StartUp }[] = []
    for (let i = 0; i < STARTS; i++) {
      taken.push({ ours: await ours.start(), empty: await empty.start() })
    }
    const median = (side: 'ours' | 'empty', of: keyof StartUp): number =>
      quantile(
        taken.map((both) => both[side][of]),
        0.5,
      )
    const cpuIsTold = median('empty', 'cpuMs') > 0
    const of = cpuIsTold ? 'cpuMs' : 'wallMs'
    const added = quantile(
      taken.map((both) => both.ours[of] - both.empty[of]),
      0.5,
    )
    return {
      row: {
        what: `worker start-up, ${cpuIsTold ? 'CPU' : 'wall'} time to the first answer`,
        peer: 'an empty Worker on the same workerd',
        theirs: `${number(median('empty', of), 1)} ms`,
        ours: `${number(median('ours', of), 1)} ms (+${number(added, 1)})`,
        ratio: null,
        budget: `≤ ${BUDGET.startMs} ms more`,
        met: added <= BUDGET.startMs,
      },
      note:
        `start-up: ${STARTS} starts a side, each a new workerd until /healthz has answered; the script's part is the difference. ` +
        `By the clock on the wall ${number(median('ours', 'wallMs'))} ms against ${number(median('empty', 'wallMs'))}.`,
    }
  } finally {
    await ours.remove()
    await empty.remove()
    await rm(folder, { recursive: true, force: true })
  }
}

export const sizeBench: Bench = {
  about: 'gzip bytes of SDK and worker, and the start-up time of the worker',
  async run() {
    const bundle = await workerBundle()
    const start = await startRow(bundle)
    return { rows: [await sdkRow(), await bundleRow(bundle), start.row], notes: [start.note] }
  },
}
