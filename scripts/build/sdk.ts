/** The browser SDK into dist/sdk. */
import { join } from 'node:path'
import { build } from 'vite'
import { ROOT } from './root.ts'

/** Throws with Vite's own message when the build fails. */
export async function buildSdk(): Promise<void> {
  for (const mode of ['production', 'preview']) {
    await build({
      root: join(ROOT, 'sdk-browser'),
      configFile: join(ROOT, 'sdk-browser/vite.config.ts'),
      mode,
      logLevel: 'warn',
    })
  }
}
