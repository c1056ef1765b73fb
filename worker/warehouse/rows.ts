/** Outbox entries as columns of values, in the order of the columns. */
import { RECORD_COLUMNS, type RecordField } from './columns.ts'
import type { OutboxEntry } from './ports.ts'
import { integerOf, jsonOf, textOf, timeOf } from './values.ts'

type Fields = { readonly [field in RecordField]?: unknown }

/** A body or a record that nothing could be read from: its text is kept under `properties`. */
const UNREADABLE = '$unreadable'

const READ = { text: textOf, json: jsonOf, time: timeOf, integer: integerOf } as const

const FIELDS = Object.keys(RECORD_COLUMNS) as RecordField[]

/** One array a column, all of one length. */
export interface Columns {
  /** By the position of the field in RECORD_COLUMNS. */
  readonly fields: readonly unknown[][]
  readonly seqs: bigint[]
}

export const emptyColumns = (): Columns => ({ fields: FIELDS.map(() => []), seqs: [] })

/** Adds the rows of one entry, all of them or the one that says what could not be read. */
export function appendEntry(columns: Columns, shard: string, entry: OutboxEntry): void {
  const seq = BigInt(entry.seq)
  for (const row of rowsOf(shard, entry)) {
    for (let i = 0; i < row.length; i++) columns.fields[i]?.push(row[i])
    columns.seqs.push(seq)
  }
}

type Row = (string | number | boolean | null)[]

function rowsOf(shard: string, entry: OutboxEntry): Row[] {
  try {
    const { records } = JSON.parse(entry.body) as { records: Fields[] }
    return records.map((record, index) => rowOf(record, entry, `${shard}:${entry.seq}:${index}`))
  } catch {
    // Not JSON, not of our shape, or nested beyond the stack: kept as it is.
    const kept = { properties: { body: entry.body } }
    return [rowOf({ ...kept, type: UNREADABLE }, entry, `${shard}:${entry.seq}`)]
  }
}

function rowOf(record: Fields, entry: OutboxEntry, position: string): Row {
  const row: Row = FIELDS.map((field) => {
    const { kind } = RECORD_COLUMNS[field]
    return kind === 'flag' ? record[field] === true : READ[kind](record[field])
  })
  row[AT.messageId] ??= `${UNREADABLE}:${position}`
  row[AT.type] ??= UNREADABLE
  row[AT.receivedAtMs] ??= entry.receivedMs
  row[AT.timestampMs] ??= row[AT.receivedAtMs] ?? entry.receivedMs
  return row
}

/** Where a field stands in a row. */
export const AT = Object.fromEntries(FIELDS.map((field, index) => [field, index])) as {
  readonly [field in RecordField]: number
}
