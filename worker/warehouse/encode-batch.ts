/** A range of the outbox → its file, its name and its place. */
import { batchIdOf, pathOf } from './batch-id.ts'
import { parquetFile } from './parquet.ts'
import type { BatchEncoder } from './ports.ts'
import { rowBuilder } from './rows.ts'

/** Holds the rows of one batch and nothing of its bodies: what it needs is bounded by the range. */
export const encodeBatch: BatchEncoder = async (shard, range, pages) => {
  const rows = rowBuilder()
  let entries = 0
  for await (const page of pages) {
    for (const entry of page) rows.add(shard, entry)
    entries += page.length
  }
  const file = parquetFile(rows.columns)
  const batchId = await batchIdOf(shard, range, file)
  const batch = {
    batchId,
    path: pathOf(range.hourMs, batchId),
    rows: rows.columns.seqs.length,
    bytes: file.byteLength,
  }
  return { batch, entries, file }
}
