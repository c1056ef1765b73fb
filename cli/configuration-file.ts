/** The configuration as a JSON file. */
import { readFile } from 'node:fs/promises'
import { UsageError } from './connection.ts'

/** Throws UsageError, with line and column where the JSON is broken. */
export async function readConfigurationFile(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'there is no such file' : error.message
    throw new UsageError(`Cannot read ${path}: ${why}.`, { cause: error })
  })
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${(error as Error).message}`, { cause: error })
  }
}
