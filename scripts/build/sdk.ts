/** The browser SDK into dist/sdk. */
import { join } from 'node:path'
import { build } from 'vite'
import { ROOT } from './root.ts'

/** Throws with Vite's own message when the build fails. */
export async function buildSdk(): Promise<void> {
  await build({
    root: join(ROOT, 'sdk-browser'),
    configFile: join(ROOT, 'sdk-browser/vite.config.ts'),
    logLevel: 'warn',
  })
}
