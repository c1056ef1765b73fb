/** Files of a bucket as tables: each row once, whatever compaction is about. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { openLake } from '../../cli/lake.ts'
import { folderFiles } from '../../cli/local-bucket.ts'
import { compactFile } from '../../worker/warehouse/compact-file.ts'
import { encodeBatch } from '../../worker/warehouse/encode-batch.ts'
import { folderReader } from '../conformance/lake.ts'

const NINE_MS = Date.UTC(2026, 2, 1, 9)

test('an hour that lies there twice, as batches and put together, is read once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-lake-'))
  const write = async (path: string, file: Uint8Array): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), file)
  }
  try {
    const pieces = []
    for (const seq of [1, 2]) {
      const records = [
        { type: 'track', messageId: `m${seq}`, event: 'E', profileId: 'p', epoch: 1 },
      ]
      const body = JSON.stringify({ v: 1, records })
      const range = { fromSeq: seq, toSeq: seq, hourMs: NINE_MS, entries: 1 }
      const entries = async function* () {
        yield [{ seq, receivedMs: NINE_MS, body }]
      }
      const { batch, file } = await encodeBatch('d1', range, entries())
      await write(batch.path, file)
      pieces.push({ ...batch, fromSeq: seq, firstRow: 0 })
    }
    const hour = 'events/dt=2026-03-01/hour=09'
    await write(`${hour}/whole.parquet`, await compactFile(folderReader(folder), pieces))
    const later = 'events/dt=2026-03-01/hour=10'
    await write(`${later}/alone.parquet`, await compactFile(folderReader(folder), pieces.slice(1)))
    const files = await folderFiles(folder)
    expect(files).toHaveLength(4)

    await using lake = await openLake(files)
    const answer = await lake.ask(
      `SELECT hour, strftime(dt, '%Y-%m-%d'), message_id FROM events ORDER BY ALL`,
    )
    expect(await answer.getRowsJson()).toEqual([
      ['09', '2026-03-01', 'm1'],
      ['09', '2026-03-01', 'm2'],
      ['10', '2026-03-01', 'm2'],
    ])
  } finally {
    await rm(folder, { recursive: true })
  }
})
