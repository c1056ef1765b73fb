/** Rows of a file by column, one row group at a time: what it needs is bounded by the largest of them. */
import {
  parquetMetadataAsync,
  parquetScan,
  type AsyncBuffer,
  type RowGroup as Part,
} from 'hyparquet'
import type { ObjectReader } from './ports.ts'
import type { Cell, RowGroup } from './sink-ports.ts'

export interface FileRange {
  readonly path: string
  readonly firstRow: number
  readonly rows: number
}

/** Enough for the footer of a file of tens of thousands of rows, and for the whole of a small one. */
const TAIL_BYTES = 131_072

const DAY_MS = 86_400_000

/** Values as they lie in the file: a sink mostly hands them on. */
const RAW = {
  stringFromBytes: (bytes: Uint8Array) => bytes,
  timestampFromMilliseconds: (ms: bigint) => ms,
  dateFromDays: (days: number) => days * DAY_MS,
}

/** Throws FileGoneError where there is no such file, and Error where it has not all of the rows. */
export async function* fileRows(
  reader: ObjectReader,
  { path, firstRow, rows }: FileRange,
): AsyncGenerator<RowGroup> {
  const file = await openFile(reader, path)
  const metadata = await parquetMetadataAsync(file, { initialFetchSize: TAIL_BYTES })
  const names = metadata.schema.slice(1).map(({ name }) => name)
  let start = 0
  let read = 0
  for (const part of metadata.row_groups) {
    const rowStart = Math.max(firstRow, start)
    start += Number(part.num_rows)
    const rowEnd = Math.min(firstRow + rows, start)
    if (rowStart >= rowEnd) continue
    await file.hold(...bytesOf(part))
    const scan = await parquetScan({
      file,
      metadata,
      rowStart,
      rowEnd,
      parsers: RAW,
      // The whole group is at hand: its indexes would only be read beside it.
      useOffsetIndex: false,
    })
    const columns = new Map<string, ArrayLike<Cell>>()
    for (const column of names) {
      columns.set(column, (await scan.readColumn({ column, rowStart, rowEnd })) as ArrayLike<Cell>)
    }
    read += rowEnd - rowStart
    yield { rows: rowEnd - rowStart, columns }
  }
  if (read !== rows) throw new Error(`${path} holds ${read} of ${rows} rows from ${firstRow} on`)
}

interface HeldFile extends AsyncBuffer {
  /** Reads a stretch in one trip and lets the one before go. */
  hold(from: number, to: number): Promise<void>
}

async function openFile(reader: ObjectReader, path: string): Promise<HeldFile> {
  const { size, end } = await reader.tail(path, TAIL_BYTES)
  const tail = { from: size - end.byteLength, bytes: end }
  let held = { from: 0, bytes: new ArrayBuffer(0) }
  return {
    byteLength: size,
    async slice(from, to = size) {
      for (const { from: at, bytes } of [held, tail]) {
        if (from >= at && to <= at + bytes.byteLength) return bytes.slice(from - at, to - at)
      }
      return reader.slice(path, from, to)
    },
    async hold(from, to) {
      if (from < tail.from) held = { from, bytes: await reader.slice(path, from, to) }
    },
  }
}

/** Where a row group's columns lie, from the first to the last byte. */
function bytesOf({ columns }: Part): [from: number, to: number] {
  let [from, to] = [Infinity, 0]
  for (const { meta_data: meta } of columns) {
    if (meta === undefined) throw new Error('a column without its metadata')
    const start = Number(meta.dictionary_page_offset ?? meta.data_page_offset)
    from = Math.min(from, start)
    to = Math.max(to, start + Number(meta.total_compressed_size))
  }
  return [from, to]
}
