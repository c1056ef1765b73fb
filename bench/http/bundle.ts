/** The worker's bundle as wrangler would upload it, in a folder of the benchmark's own. */
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../../scripts/build/root.ts'
import { wrangler } from '../../scripts/wrangler.ts'

let built: Promise<string> | undefined

/** The path of index.js; built once a run. */
export const workerBundle = (): Promise<string> => (built ??= build())

async function build(): Promise<string> {
  // wrangler wants the folder of assets to be there, empty or not.
  await mkdir(join(ROOT, 'dist/assets'), { recursive: true })
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-bench-bundle-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  await wrangler(['deploy', '--env', '', '--dry-run', '--outdir', folder])
  return join(folder, 'index.js')
}
