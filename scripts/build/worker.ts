/** The worker's bundle into dist/worker: the very bytes that wrangler would upload. */
import { join } from 'node:path'
import { wrangler } from '../wrangler.ts'
import { ROOT } from './root.ts'

/** Throws WranglerError when it cannot be bundled. */
export async function buildWorker(): Promise<void> {
  await wrangler(['deploy', '--env', '', '--dry-run', '--outdir', join(ROOT, 'dist/worker')])
}
