/** The demo's configuration as the active release, without undoing anybody's work. */
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AdminApi } from '../../cli/admin-api.ts'
import { compareWithActive } from '../../cli/compare.ts'

export interface PublishedDemo {
  /** null if there was nothing to do. */
  readonly published: number | null
  /** The release that is active instead of the demo's; null where the demo's is. */
  readonly active: number | null
}

/**
 * Publishes it if nothing is published yet, or if it changed since the last
 * start: what somebody published in between stays through a restart. A copy
 * with this machine's origins is left in the state's folder as demo.json.
 */
export async function publishDemo(
  api: AdminApi,
  configuration: unknown,
  stateFolder: string,
): Promise<PublishedDemo> {
  const hash = createHash('sha256').update(JSON.stringify(configuration)).digest('hex')
  await writeFile(join(stateFolder, 'demo.json'), `${JSON.stringify(configuration, null, 2)}\n`)
  const memory = join(stateFolder, 'published-demo')
  const known = await readFile(memory, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return null
  })
  const { release: active } = await api.status()
  if (known === hash && active !== null) {
    const { changes } = await compareWithActive(api, configuration)
    return { published: null, active: changes.length === 0 ? null : active }
  }
  const draft = await api.draft()
  await api.saveDraft(configuration, draft?.revision ?? null)
  const { release } = await api.publish('the demo, by npm start')
  await writeFile(memory, hash)
  return { published: release, active: null }
}
