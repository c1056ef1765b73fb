/** Records as an analyst has them: Parquet files in a folder, read by DuckDB, and the same in PostgreSQL. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openLake } from '../../cli/lake.ts'
import { folderFiles } from '../../cli/local-bucket.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { encodeBatch } from '../../worker/warehouse/encode-batch.ts'
import { fileRows } from '../../worker/warehouse/file-rows.ts'
import type { ObjectReader } from '../../worker/warehouse/ports.ts'
import type { SinkBatch } from '../../worker/warehouse/sink-ports.ts'

const HOUR_MS = 3_600_000

export interface Lake {
  readonly batches: readonly SinkBatch[]
  /** Rows of a statement, as JSON values. */
  query(sql: string): Promise<unknown[][]>
  close(): Promise<void>
}

/** Reads a folder as the bucket is read. */
export const folderReader = (folder: string): ObjectReader => ({
  async tail(path, bytes) {
    const file = await readFile(join(folder, path))
    return { size: file.length, end: Uint8Array.from(file.subarray(-bytes)).buffer }
  },
  async slice(path, from, to) {
    return Uint8Array.from((await readFile(join(folder, path))).subarray(from, to)).buffer
  },
})

/** @param records each a commit of its own, in commit order */
export async function lakeOf(records: readonly EventRecord[]): Promise<Lake> {
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-lake-'))
  const reader = folderReader(folder)
  const batches: SinkBatch[] = []
  const hourOf = ({ receivedAtMs }: EventRecord): number =>
    Math.floor(receivedAtMs / HOUR_MS) * HOUR_MS
  for (let from = 0; from < records.length;) {
    const hourMs = hourOf(records[from] as EventRecord)
    let to = from
    while (to < records.length && hourOf(records[to] as EventRecord) === hourMs) to++
    const entries = records.slice(from, to).map((record, i) => ({
      seq: from + i + 1,
      receivedMs: record.receivedAtMs,
      body: JSON.stringify({ v: 1, records: [record] }),
    }))
    const range = { fromSeq: from + 1, toSeq: to, hourMs, entries: to - from }
    const { batch, file } = await encodeBatch('d1', range, pageOf(entries))
    await mkdir(dirname(join(folder, batch.path)), { recursive: true })
    await writeFile(join(folder, batch.path), file)
    batches.push({
      batchId: batch.batchId,
      table: 'events',
      rows: batch.rows,
      read: () => fileRows(reader, { path: batch.path, firstRow: 0, rows: batch.rows }),
    })
    from = to
  }
  const lake = await openLake(await folderFiles(folder))
  return {
    batches,
    query: async (sql) => (await lake.ask(sql)).getRowsJson(),
    close: async () => {
      await lake[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function* pageOf<T>(page: readonly T[]) {
  yield page
}
