/** `npm test`: everything, browser tests too. `npm test -- test/core` runs a part. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './build/root.ts'
import { findChromium } from './system/find.ts'
import { ensureSystemPackages } from './system/install.ts'

if (ensureSystemPackages()) {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  const args = process.argv.slice(2)
  const { status, signal } = spawnSync(process.execPath, [vitest, 'run', ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, CHROMIUM_PATH: findChromium() ?? '' },
  })
  if (signal !== null) console.error(`The tests were ended by ${signal}.`)
  process.exitCode = status ?? 1
} else {
  process.exitCode = 1
}
