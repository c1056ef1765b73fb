/** `npm run openapi`: docs/openapi.json and docs/configuration.schema.json from the schemas of worker/contract. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { format, type FormatConfig } from 'oxfmt'
import { ROOT } from './build/root.ts'
import { configurationSchema } from './openapi/configuration-schema.ts'
import { openApiDocument } from './openapi/document.ts'

/** Path from the root → what should stand there. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const style = JSON.parse(await readFile(join(ROOT, '.oxfmtrc.json'), 'utf8')) as FormatConfig
  const documents = [
    ['docs/openapi.json', await openApiDocument()],
    ['docs/configuration.schema.json', configurationSchema()],
  ] as const
  const files = documents.map(async ([path, document]) => {
    const { code, errors } = await format(path, JSON.stringify(document, null, 2), style)
    if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
    return [path, code] as const
  })
  return new Map(await Promise.all(files))
}

if (import.meta.main) {
  for (const [path, text] of await generatedFiles()) {
    await writeFile(join(ROOT, path), text)
    console.log(`${path}: ${Buffer.byteLength(text)} bytes`)
  }
}
