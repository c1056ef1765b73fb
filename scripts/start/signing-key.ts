import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The state folder's own key, made at first start: decisionIds outlive a restart. */
export async function signingKey(stateFolder: string): Promise<string> {
  const path = join(stateFolder, 'signing-key')
  await mkdir(stateFolder, { recursive: true })
  try {
    const key = randomBytes(32).toString('base64url')
    await writeFile(path, key, { flag: 'wx', mode: 0o600 })
    return key
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return readFile(path, 'utf8')
  }
}
