/** A range of the outbox → its file, its name and its place. */
import { batchIdOf, contentDigest, pathOf } from './batch-id.ts'
import { parquetFile } from './parquet.ts'
import type { BatchEncoder } from './ports.ts'
import { rowBuilder } from './rows.ts'

/** Holds the rows of one batch and nothing of its bodies: what it needs is bounded by the range. */
export const encodeBatch: BatchEncoder = async (shard, range, pages) => {
  const rows = rowBuilder()
  const digest = contentDigest()
  let entries = 0
  for await (const page of pages) {
    for (const entry of page) {
      digest.add(entry.body)
      rows.add(shard, entry)
    }
    entries += page.length
  }
  const batchId = batchIdOf(shard, range, await digest.hex())
  return {
    batchId,
    path: pathOf(range.hourMs, batchId),
    rows: rows.columns.seqs.length,
    entries,
    file: parquetFile(rows.columns),
  }
}
