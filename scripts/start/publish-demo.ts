/** The demo's configuration as the active release, without undoing anybody's work. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AdminApi } from '../../cli/admin-api.ts'

/**
 * Publishes the file if nothing is published yet, or if it changed since the
 * last start: what somebody published in between stays through a restart.
 * Returns the release, or null if there was nothing to do.
 */
export async function publishDemo(
  api: AdminApi,
  path: string,
  stateFolder: string,
): Promise<number | null> {
  if (!existsSync(path)) return null
  const text = await readFile(path, 'utf8')
  const hash = createHash('sha256').update(text).digest('hex')
  const memory = join(stateFolder, 'published-demo')
  const known = existsSync(memory) ? await readFile(memory, 'utf8') : null
  if (known === hash && (await api.status()).release !== null) return null
  const draft = await api.draft()
  await api.saveDraft(JSON.parse(text), draft?.revision ?? null)
  const { release } = await api.publish('the demo, by npm start')
  await writeFile(memory, hash)
  return release
}
