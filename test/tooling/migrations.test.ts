import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { runNode } from '../support/program.ts'

const ROOT = join(import.meta.dirname, '../..')

test('the migrations make what the schema says', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-migrations-'))
  try {
    await cp(join(ROOT, 'migrations'), folder, { recursive: true })
    const before = await readdir(folder)
    const { code, err } = await runNode(
      join(ROOT, 'node_modules/drizzle-kit/bin.cjs'),
      [
        'generate',
        '--dialect=sqlite',
        '--schema=./worker/store/d1/schema.ts',
        // drizzle-kit puts "./" before it.
        `--out=${relative(ROOT, folder)}`,
      ],
      { cwd: ROOT },
    )
    expect(code, err).toBe(0)
    expect(await readdir(folder)).toEqual(before)
  } finally {
    await rm(folder, { recursive: true })
  }
})
