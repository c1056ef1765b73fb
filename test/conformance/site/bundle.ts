/** Published packages as one script for a page. */
import { build } from 'vite'

/** @param entry absolute path of the module that hands them to the page */
export async function bundleScript(entry: string): Promise<string> {
  const built = await build({
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    build: {
      write: false,
      minify: false,
      lib: { entry, formats: ['iife'], name: 'bundle', fileName: 'bundle' },
    },
  })
  const [output] = Array.isArray(built) ? built : [built]
  const chunk = output !== undefined && 'output' in output ? output.output[0] : undefined
  if (chunk?.type !== 'chunk') throw new Error(`nothing came of ${entry}`)
  return chunk.code
}
