/**
 * `node scripts/phone-metadata.ts`: what libphonenumber-js knows of the world's
 * numbers without how they are laid out for reading, three fifths of it. E.164 has no layout.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT } from './build/root.ts'

export const PHONE_METADATA_PATH = 'worker/core/identity/phone-metadata.ts'

/** Where a country's formats stand in its tuple; 0 where it has none. */
const FORMATS = 4

interface Countries {
  readonly [country: string]: unknown[]
}

/** The text that should stand at PHONE_METADATA_PATH. */
export async function phoneMetadataFile(): Promise<string> {
  const path = join(ROOT, 'node_modules/libphonenumber-js/metadata.min.json')
  const metadata = JSON.parse(await readFile(path, 'utf8')) as Record<
    'countries' | 'nonGeographic',
    Countries
  >
  for (const plan of [metadata.countries, metadata.nonGeographic].flatMap(Object.values)) {
    if (Array.isArray(plan[FORMATS])) plan[FORMATS] = 0
  }
  const text = JSON.stringify(metadata)
  if (/`|\$\{/.test(text)) throw new Error('the metadata cannot stand in a template')
  return [
    '/** Made by `node scripts/phone-metadata.ts`. A text, so that no start of the Worker parses it. */',
    `export const PHONE_METADATA = String.raw\`${text}\``,
    '',
  ].join('\n')
}

if (import.meta.main) {
  const text = await phoneMetadataFile()
  await writeFile(join(ROOT, PHONE_METADATA_PATH), text)
  console.log(`${PHONE_METADATA_PATH}: ${Buffer.byteLength(text)} bytes`)
}
