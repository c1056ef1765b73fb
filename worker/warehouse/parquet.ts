/** Columns → the bytes of a Parquet file: equal rows give equal bytes, in any order they came. */
import { parquetWriteBuffer, type SchemaElement } from 'hyparquet-writer'
import { RECORD_COLUMNS, SEQ_COLUMN, type Column, type ColumnKind } from './columns.ts'
import { AT, type Columns } from './rows.ts'

/** Written into every file; a change of columns or of their meaning raises it. */
export const SCHEMA_VERSION = 1

/** Small enough to be skipped by its statistics, large enough to compress. */
const ROW_GROUP_ROWS = 10_000

const TYPES: { readonly [kind in ColumnKind]: Omit<SchemaElement, 'name'> } = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  // Not Parquet's JSON type: its statistics hold whole documents, and some warehouses refuse it.
  json: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  time: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MILLIS',
    // Without it some readers take the time for a local one.
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
  },
  integer: { type: 'INT32' },
  long: { type: 'INT64' },
  flag: { type: 'BOOLEAN' },
}

const elementOf = ({ name, kind, required }: Column): SchemaElement => ({
  name,
  repetition_type: required === true ? 'REQUIRED' : 'OPTIONAL',
  ...TYPES[kind],
})

const RECORD: readonly Column[] = Object.values(RECORD_COLUMNS)
const SCHEMA: SchemaElement[] = [
  { name: 'root', num_children: RECORD.length + 1 },
  ...RECORD.map(elementOf),
  elementOf(SEQ_COLUMN),
]

/** Sorts the rows (type, event, time, messageId, position) and writes them down. */
export function parquetFile(columns: Columns): Uint8Array {
  const order = rowOrder(columns)
  const sorted = <T>(values: readonly T[]): T[] => order.map((row) => values[row] as T)
  const file = parquetWriteBuffer({
    schema: SCHEMA,
    rowGroupSize: ROW_GROUP_ROWS,
    createdBy: 'tsugi',
    kvMetadata: [{ key: 'tsugi.schema', value: `events/${SCHEMA_VERSION}` }],
    columnData: [
      ...RECORD.map(({ name, kind }, index) => ({
        name,
        data: sorted(columns.fields[index] ?? []),
        // Nobody filters by the smallest document.
        statistics: kind !== 'json',
      })),
      { name: SEQ_COLUMN.name, data: sorted(columns.seqs) },
    ],
  })
  return new Uint8Array(file)
}

function rowOrder({ fields, seqs }: Columns): number[] {
  const keys = [AT.type, AT.event, AT.timestampMs, AT.messageId].map(
    (field) => fields[field] as readonly (string | number | null)[],
  )
  const compare = (left: number, right: number): number => {
    for (const key of keys) {
      const order = compareValues(key[left] ?? null, key[right] ?? null)
      if (order !== 0) return order
    }
    return Number((seqs[left] as bigint) - (seqs[right] as bigint)) || left - right
  }
  return Array.from(seqs, (_, row) => row).sort(compare)
}

/** By UTF-16 code unit, null first: the same wherever it runs. */
function compareValues(left: string | number | null, right: string | number | null): number {
  if (left === right) return 0
  if (left === null) return -1
  if (right === null) return 1
  return left < right ? -1 : 1
}
