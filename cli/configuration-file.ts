/** The configuration as a JSON file. */
import { UsageError } from './connection.ts'
import { duplicateKeys } from './duplicate-keys.ts'
import { parsedJson, readTextFile } from './text-file.ts'

/** Throws UsageError: what cannot be read, with line and column where the JSON is broken or says something twice. */
export async function readConfigurationFile(path: string): Promise<unknown> {
  const text = await readTextFile(path)
  const value = parsedJson(text, path)
  const [first, ...others] = await duplicateKeys(text, value)
  if (first === undefined) return value
  const lines = [first, ...others].map(
    (one) => `  line ${one.line}: ${one.path}, first on line ${one.firstLine}`,
  )
  throw new UsageError(
    `${path} says the same twice, and only the last would count:\n${lines.join('\n')}`,
  )
}
