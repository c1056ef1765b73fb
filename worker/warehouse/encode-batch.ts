/** A range of the outbox → its file, its name and its place. */
import { batchIdOf, pathOf } from './batch-id.ts'
import { parquetFile } from './parquet.ts'
import type { BatchEncoder } from './ports.ts'
import { rowBuilder } from './rows.ts'
import { textArena, type TextArena } from './values.ts'

/**
 * Kept from one batch to the next: V8 lets go of large buffers that have grown
 * old only when it has 64 MB of them, half of what a Worker has. null while a
 * batch uses it; another at the same time takes one of its own.
 */
let spare: TextArena | null = textArena()
/** What a range is bounded by, and a little; of a single larger entry the rest is let go. */
const KEPT_BYTES = 10_485_760

/** Holds the rows of one batch and nothing of its bodies: what it needs is bounded by the range. */
export const encodeBatch: BatchEncoder = async (shard, range, pages) => {
  const arena = spare ?? textArena()
  spare = null
  try {
    const rows = rowBuilder(arena)
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
  } finally {
    arena.clear(KEPT_BYTES)
    spare = arena
  }
}
