import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './build/root.ts'

/** Runs a wrangler command; what it wrote to stdout. Throws WranglerError when it fails. */
export type Wrangler = (args: readonly string[]) => Promise<string>

export class WranglerError extends Error {
  override readonly name = 'WranglerError'
  /** Everything it said, stderr included. */
  readonly said: string

  constructor(args: readonly string[], code: number | null, said: string) {
    super(`wrangler ${args.join(' ')} failed (${code}):\n${said}`)
    this.said = said
  }
}

/** The repository's own wrangler, quiet and without questions. */
export const wrangler: Wrangler = async (args) => {
  const bin = join(ROOT, 'node_modules/wrangler/bin/wrangler.js')
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: ROOT,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1', FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
    said += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) throw new WranglerError(args, code, said.trim())
  return out
}
