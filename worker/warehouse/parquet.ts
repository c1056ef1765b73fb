/** Columns → the bytes of a Parquet file: equal rows give equal bytes. */
import {
  ByteWriter,
  ParquetWriter,
  parquetWriteBuffer,
  type ColumnSource,
  type KeyValue,
  type SchemaElement,
} from 'hyparquet-writer'
import {
  PROFILE_COLUMNS,
  RECORD_COLUMNS,
  SEQ_COLUMN,
  type Column,
  type ColumnKind,
  type RecordField,
} from './columns.ts'
import type { Columns } from './rows.ts'
import type { ProfileRow } from './snapshot-ports.ts'
import { integerOf, jsonOf, textOf, timeOf } from './values.ts'

/** Written into every file; a change of columns or of their meaning raises it. */
const SCHEMA_VERSIONS = { events: 3, profiles: 1 }

/** Small enough to be skipped by its statistics, large enough to compress. */
export const ROW_GROUP_ROWS = 10_000

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
  date: { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
  integer: { type: 'INT32' },
  long: { type: 'INT64' },
  flag: { type: 'BOOLEAN' },
}

const elementOf = ({ name, kind, required }: Column): SchemaElement => ({
  name,
  repetition_type: required === true ? 'REQUIRED' : 'OPTIONAL',
  ...TYPES[kind],
})

const schemaOf = (columns: readonly Column[]): SchemaElement[] => [
  { name: 'root', num_children: columns.length },
  ...columns.map(elementOf),
]
const metaOf = (table: keyof typeof SCHEMA_VERSIONS): KeyValue[] => [
  { key: 'tsugi.schema', value: `${table}/${SCHEMA_VERSIONS[table]}` },
]

const RECORD = Object.entries(RECORD_COLUMNS) as [RecordField, Column][]
const PROFILE = Object.entries(PROFILE_COLUMNS) as [keyof ProfileRow, Column][]
const SCHEMA = schemaOf([...RECORD.map(([, column]) => column), SEQ_COLUMN])
const META = metaOf('events')

export function parquetFile(
  columns: Columns,
  rowGroupRows = ROW_GROUP_ROWS,
): Uint8Array<ArrayBuffer> {
  const file = parquetWriteBuffer({
    schema: SCHEMA,
    rowGroupSize: rowGroupRows,
    createdBy: 'tsugi',
    kvMetadata: META,
    columnData: columnData(columns),
  })
  return new Uint8Array(file)
}

/** The same file a row group at a time, for more rows than are held at once. */
export interface ParquetFile {
  /** Rows of one group. */
  add(columns: Columns): Promise<void>
  finish(): Promise<Uint8Array>
}

/** @param notes into the file's own metadata */
export function growingParquetFile(notes: readonly KeyValue[]): ParquetFile {
  const writer = new ByteWriter()
  const parquet = new ParquetWriter({
    writer,
    schema: SCHEMA,
    createdBy: 'tsugi',
    kvMetadata: [...META, ...notes],
  })
  return {
    async add(columns) {
      await parquet.write({ columnData: columnData(columns), rowGroupSize: columns.seqs.length })
    },
    async finish() {
      await parquet.finish()
      return writer.getBytes()
    },
  }
}

const columnData = ({ fields, seqs }: Columns): ColumnSource[] => [
  ...RECORD.map(([field, { name, kind }]) => ({
    name,
    data: fields[field],
    // Nobody filters by the smallest document.
    statistics: kind !== 'json',
  })),
  { name: SEQ_COLUMN.name, data: seqs },
]

const DAY_MS = 86_400_000

/** As a sink reads them back: whatever a profile holds, something that Parquet can hold. */
const CELLS: {
  readonly [kind in ColumnKind]: (value: unknown) => string | number | boolean | null
} = {
  text: textOf,
  json: jsonOf,
  time: timeOf,
  date: (value) => Math.floor(Number(value) / DAY_MS),
  integer: integerOf,
  long: (value) => (Number.isSafeInteger(value) ? (value as number) : null),
  flag: (value) => value === true,
}

/** People as they stand. */
export function profilesFile(rows: readonly ProfileRow[]): Uint8Array {
  const file = parquetWriteBuffer({
    schema: schemaOf(PROFILE.map(([, column]) => column)),
    rowGroupSize: ROW_GROUP_ROWS,
    createdBy: 'tsugi',
    kvMetadata: metaOf('profiles'),
    columnData: PROFILE.map(([field, { name, kind }]) => ({
      name,
      data: rows.map((row) => {
        const cell = CELLS[kind](row[field])
        return kind === 'long' && cell !== null ? BigInt(cell) : cell
      }),
      statistics: kind !== 'json',
    })),
  })
  return new Uint8Array(file)
}
