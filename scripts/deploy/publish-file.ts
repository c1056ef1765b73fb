import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from '../build/root.ts'
import { waitUntilHealthy } from '../local-worker/health.ts'

/** A new workers.dev address takes its time to be reachable. */
const PATIENCE_MS = 120_000

/** As `npm run tsugi -- publish` does it; throws when it fails. */
export async function publishFile(
  file: string,
  url: string | null,
  token: string | null,
): Promise<void> {
  if (url === null) throw new Error('Where is the worker? Set TSUGI_URL to its address.')
  if (token === null) throw new Error('Publishing needs the admin token: set TSUGI_TOKEN.')
  await waitUntilHealthy(url, PATIENCE_MS)
  const { status } = spawnSync(process.execPath, [join(ROOT, 'cli/tsugi.ts'), 'publish', file], {
    stdio: 'inherit',
    env: { ...process.env, TSUGI_URL: url, TSUGI_TOKEN: token },
  })
  if (status !== 0) throw new Error(`${file} was not published (exit ${status}).`)
}
