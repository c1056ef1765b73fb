/** Files back into records: those of before some column was there, too. */
import { env } from 'cloudflare:workers'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { expect, it } from 'vitest'
import type { Env } from '../../worker/env.ts'
import { RECORD_COLUMNS, SEQ_COLUMN } from '../../worker/warehouse/columns.ts'
import { readRecords } from '../../worker/warehouse/read-records.ts'

const { BUCKET } = env as unknown as Env
const NOW = new Date(1_780_000_000_000)

/** One row with every column but some. */
async function fileWithout(path: string, ...names: readonly string[]): Promise<void> {
  const told: Record<string, unknown> = {
    type: 'page',
    message_id: 'm1',
    late: false,
    preview: true,
  }
  const columnData = [...Object.values(RECORD_COLUMNS), SEQ_COLUMN]
    .filter(({ name }) => !names.includes(name))
    .map(({ name, kind }) => {
      if (kind === 'time') return { name, data: [NOW], type: 'TIMESTAMP' as const }
      if (kind === 'flag') return { name, data: [told[name] === true], type: 'BOOLEAN' as const }
      if (kind === 'integer') return { name, data: [1], type: 'INT32' as const }
      if (kind === 'long') return { name, data: [1n], type: 'INT64' as const }
      return { name, data: [told[name] ?? null], type: 'STRING' as const, nullable: true }
    })
  await BUCKET.put(path, parquetWriteBuffer({ columnData }))
}

const recordsOf = async (path: string) => {
  const batch = { shard: '', fromSeq: 1, toSeq: 1, path, firstRow: 0, rows: 1 }
  return Array.fromAsync(readRecords(BUCKET, batch, 0))
}

it('tells what was done in a preview from what was done', async () => {
  await fileWithout('today')
  expect(await recordsOf('today')).toMatchObject([[{ record: { messageId: 'm1', preview: true } }]])
})

it('reads a file of before there were previews', async () => {
  await fileWithout('version-2', 'preview')
  const [[logged] = []] = await recordsOf('version-2')
  expect(logged?.record).toMatchObject({ messageId: 'm1' })
  expect(logged?.record).not.toHaveProperty('preview')
})

it('stops at a file of before it was said whose identifiers were whose', async () => {
  await fileWithout('version-1', 'preview', 'identifiers', 'released')
  await expect(recordsOf('version-1')).rejects.toThrow('older than version 2')
})
