/** Outbox entries as columns of values, in the order of the columns. */
import { RECORD_COLUMNS, type RecordField } from './columns.ts'
import type { OutboxEntry } from './ports.ts'
import { integerOf, jsonOf, textOf, timeOf } from './values.ts'

type Fields = { readonly [field in RecordField]?: unknown }

/** The type of a row whose record could not be read; `properties` holds the commit's text. */
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

/** Adds the rows of one entry: one a record, whatever it holds. */
export function appendEntry(columns: Columns, shard: string, entry: OutboxEntry): void {
  const seq = BigInt(entry.seq)
  for (const row of rowsOf(shard, entry)) {
    for (let i = 0; i < row.length; i++) columns.fields[i]?.push(row[i])
    columns.seqs.push(seq)
  }
}

type Row = (string | number | boolean | null)[]

function rowsOf(shard: string, entry: OutboxEntry): Row[] {
  const position = `${shard}:${entry.seq}`
  const records = recordsOf(entry.body)
  if (records === null) return [unreadable(undefined, entry, position)]
  return records.map((record, index) => {
    try {
      return rowOf(record, entry, `${position}:${index}`)
    } catch {
      // No object, or nested deeper than the stack.
      return unreadable(record, entry, `${position}:${index}`)
    }
  })
}

/** null when it is not the JSON of an OutboxBody. */
function recordsOf(body: string): readonly Fields[] | null {
  try {
    const { records } = JSON.parse(body) as { records?: unknown }
    return Array.isArray(records) ? records : null
  } catch {
    return null
  }
}

/** Still a row, so that nothing behind it waits and somebody can look. */
function unreadable(record: Fields | undefined, entry: OutboxEntry, position: string): Row {
  const messageId = typeof record?.messageId === 'string' ? record.messageId : null
  const kept = { messageId, type: UNREADABLE, properties: { body: entry.body } }
  return rowOf(kept, entry, position)
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
