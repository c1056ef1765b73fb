/** Outbox entries as columns of values: one row a record, in the order they were committed. */
import { RECORD_COLUMNS, type RecordField } from './columns.ts'
import type { OutboxEntry } from './ports.ts'
import { integerOf, jsonOf, textArena, textOf, timeOf, type TextArena } from './values.ts'

type Fields = { readonly [field in RecordField]?: unknown }
type Cell = string | number | boolean | Uint8Array | null

/** The type of a row whose record could not be read; `properties` holds the commit's text. */
export const UNREADABLE = '$unreadable'

/** One array a column, all of one length. */
export interface Columns {
  readonly fields: { readonly [field in RecordField]: Cell[] }
  readonly seqs: bigint[]
}

export interface RowBuilder {
  readonly columns: Columns
  /** Adds the rows of one entry, whatever it holds. */
  add(shard: string, entry: OutboxEntry): void
}

const FIELDS = Object.keys(RECORD_COLUMNS) as RecordField[]

/** @param utf8 holds the JSON of the rows: it may be cleared when they are no longer needed */
export function rowBuilder(utf8: TextArena = textArena()): RowBuilder {
  const fields = Object.fromEntries(FIELDS.map((field) => [field, [] as Cell[]])) as {
    readonly [field in RecordField]: Cell[]
  }
  const seqs: bigint[] = []
  const read: {
    readonly [kind in (typeof RECORD_COLUMNS)[RecordField]['kind']]: (v: unknown) => Cell
  } = {
    text: textOf,
    json: (value) => {
      const text = jsonOf(value)
      return text === null ? null : utf8.write(text)
    },
    time: timeOf,
    integer: integerOf,
    flag: (value) => value === true,
  }
  const writers = FIELDS.map((field) => ({
    field,
    cells: fields[field],
    read: read[RECORD_COLUMNS[field].kind],
  }))

  const append = (record: Fields, entry: OutboxEntry, position: string): void => {
    const row = seqs.length
    for (const { field, cells, read } of writers) cells[row] = read(record[field])
    fields.messageId[row] ??= `${UNREADABLE}:${position}`
    fields.type[row] ??= UNREADABLE
    fields.receivedAtMs[row] ??= entry.receivedMs
    fields.timestampMs[row] ??= fields.receivedAtMs[row] ?? entry.receivedMs
    // Last: a record that throws on the way is written over by what stands for it.
    seqs.push(BigInt(entry.seq))
  }
  /** Still a row, so that nothing behind it waits and somebody can look. */
  const appendUnreadable = (record: Fields | undefined, entry: OutboxEntry, position: string) => {
    const messageId = typeof record?.messageId === 'string' ? record.messageId : null
    const kept = { messageId, type: UNREADABLE, properties: { body: entry.body } }
    append(kept, entry, position)
  }
  return {
    columns: { fields, seqs },
    add(shard, entry) {
      const position = `${shard}:${entry.seq}`
      const records = recordsOf(entry.body)
      if (records === null) return appendUnreadable(undefined, entry, position)
      for (const [index, record] of records.entries()) {
        try {
          append(record, entry, `${position}:${index}`)
        } catch {
          // No object, or nested deeper than the stack.
          appendUnreadable(record, entry, `${position}:${index}`)
        }
      }
    },
  }
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
