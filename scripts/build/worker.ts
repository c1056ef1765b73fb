/** The worker's bundle into dist/worker: the very bytes that wrangler would upload. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './root.ts'

const BUNDLE = join(ROOT, 'dist/worker')

/** Throws with wrangler's output when it cannot be bundled. */
export async function buildWorker(): Promise<void> {
  await wrangler(['deploy', '--env', '', '--dry-run', '--outdir', BUNDLE])
}

/** Runs wrangler quietly; throws with what it said when it fails. */
export async function wrangler(args: readonly string[]): Promise<string> {
  const child = spawn(
    process.execPath,
    [join(ROOT, 'node_modules/wrangler/bin/wrangler.js'), ...args],
    {
      cwd: ROOT,
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) throw new Error(`wrangler ${args.join(' ')} failed (${code}):\n${said.trim()}`)
  return said
}
