/** Bundles as wrangler would upload them, in a folder of the benchmark's own. */
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { ROOT } from '../../scripts/build/root.ts'
import { wrangler } from '../../scripts/wrangler.ts'

let built: Promise<string> | undefined

/** The path of index.js; built once a run. */
export const workerBundle = (): Promise<string> => (built ??= bundleOf('worker/index.ts'))

/** The path of index.js, of a worker's entry from the root of the repository. */
export async function bundleOf(entry: string): Promise<string> {
  // wrangler wants the folder of assets to be there, empty or not.
  await mkdir(join(ROOT, 'dist/assets'), { recursive: true })
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-bench-bundle-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  await wrangler(['deploy', entry, '--env', '', '--dry-run', '--outdir', folder])
  return join(folder, `${basename(entry, '.ts')}.js`)
}
