/** Several batches' files → one, row group by row group: it never holds more than one group's rows. */
import { batchesId, pathOf } from './batch-id.ts'
import { RECORD_COLUMNS, SEQ_COLUMN, type RecordField } from './columns.ts'
import { fileRows } from './file-rows.ts'
import { growingParquetFile, ROW_GROUP_ROWS } from './parquet.ts'
import type { Manifest, ObjectReader, Piece } from './ports.ts'
import type { Columns } from './rows.ts'
import type { Cell, RowGroup } from './sink-ports.ts'

const GROUP_BYTES = 8_388_608

const FIELDS = Object.entries(RECORD_COLUMNS) as [
  RecordField,
  (typeof RECORD_COLUMNS)[RecordField],
][]
const decoder = new TextDecoder()

/** Where the file of these batches lies: they alone decide it. */
export async function compactedPath(batches: readonly Manifest[]): Promise<string> {
  const [first] = batches
  const last = batches.at(-1)
  if (first === undefined || last === undefined) throw new TypeError('a file of no batches')
  const ids = batches.map(({ batch }) => batch?.batchId ?? '')
  const id = await batchesId(first.shard, { ...first, toSeq: last.toSeq }, ids)
  return pathOf(first.hourMs, id)
}

/** Their rows in the order of the pieces. Throws FileGoneError, and Error where rows are missing. */
export async function compactFile(
  reader: ObjectReader,
  pieces: readonly Piece[],
): Promise<Uint8Array> {
  const ids = pieces.map(({ batchId }) => batchId).join()
  const file = growingParquetFile([{ key: 'tsugi.batches', value: ids }])
  let held = emptyColumns()
  let bytes = 0
  const flush = async (): Promise<void> => {
    if (held.seqs.length > 0) await file.add(held)
    held = emptyColumns()
    bytes = 0
  }
  for (const piece of pieces) {
    for await (const group of fileRows(reader, piece)) {
      for (let row = 0; row < group.rows; row++) {
        const own = bytesAt(group, row)
        const isFull = held.seqs.length === ROW_GROUP_ROWS || bytes + own > GROUP_BYTES
        if (isFull && held.seqs.length > 0) await flush()
        append(held, group, row)
        bytes += own
      }
    }
  }
  await flush()
  return file.finish()
}

type Fields = { [field in RecordField]: Columns['fields'][RecordField] }
const emptyColumns = (): Columns => ({
  fields: Object.fromEntries(FIELDS.map(([field]) => [field, []])) as unknown as Fields,
  seqs: [],
})

function append({ fields, seqs }: Columns, { columns }: RowGroup, row: number): void {
  for (const [field, { name, kind }] of FIELDS) {
    fields[field].push(written(columns.get(name)?.[row], kind))
  }
  seqs.push(columns.get(SEQ_COLUMN.name)?.[row] as bigint)
}

/** As rows.ts made it: text as a string, since dictionaries are made of strings. */
function written(cell: Cell, kind: string): string | number | boolean | Uint8Array | null {
  if (cell === undefined || cell === null) return null
  if (cell instanceof Uint8Array) return kind === 'text' ? decoder.decode(cell) : cell
  return typeof cell === 'bigint' ? Number(cell) : cell
}

function bytesAt({ columns }: RowGroup, row: number): number {
  let bytes = 0
  for (const cells of columns.values()) {
    const cell = cells[row]
    if (cell instanceof Uint8Array) bytes += cell.length
  }
  return bytes
}
