import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../../scripts/build/root.ts'
import { PHONE_METADATA_PATH, phoneMetadataFile } from '../../scripts/phone-metadata.ts'

test('what is kept of numbers is what the installed library knows: else run `node scripts/phone-metadata.ts`', async () => {
  expect(await readFile(join(ROOT, PHONE_METADATA_PATH), 'utf8')).toBe(await phoneMetadataFile())
})
