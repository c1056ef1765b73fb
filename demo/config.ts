/** The demo's configuration, for wherever the demo happens to run. */
import { readFile } from 'node:fs/promises'
import type * as v from 'valibot'
import type { configuration } from '../worker/contract/config.ts'

/** As it stands in the file: what has a default may be missing. */
export type ConfigurationFile = v.InferInput<typeof configuration>

const FILE = new URL('tsugi.json', import.meta.url)

/**
 * tsugi.json with further origins of the shop, such as those of another port.
 * @param origins like "http://localhost:9001"
 */
export async function demoConfiguration({
  origins,
}: {
  readonly origins: readonly string[]
}): Promise<ConfigurationFile> {
  const file = JSON.parse(await readFile(FILE, 'utf8')) as ConfigurationFile
  return {
    ...file,
    sources: file.sources.map((source) => ({
      ...source,
      origins: [...new Set([...(source.origins ?? []), ...origins])],
    })),
  }
}
