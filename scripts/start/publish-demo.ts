/** The demo's configuration as the active release, without undoing anybody's work. */
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AdminApi } from '../../cli/admin-api.ts'

/**
 * Publishes it if nothing is published yet, or if it changed since the last
 * start: what somebody published in between stays through a restart.
 * Returns the release, or null if there was nothing to do.
 */
export async function publishDemo(
  api: AdminApi,
  configuration: unknown,
  stateFolder: string,
): Promise<number | null> {
  const hash = createHash('sha256').update(JSON.stringify(configuration)).digest('hex')
  const memory = join(stateFolder, 'published-demo')
  const known = await readFile(memory, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return null
  })
  if (known === hash && (await api.status()).release !== null) return null
  const draft = await api.draft()
  await api.saveDraft(configuration, draft?.revision ?? null)
  const { release } = await api.publish('the demo, by npm start')
  await writeFile(memory, hash)
  return release
}
