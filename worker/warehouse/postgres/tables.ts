/** What the tables in PostgreSQL hold: a column for each of the file's. */
import { PROFILE_COLUMNS, RECORD_COLUMNS, SEQ_COLUMN, type Column } from '../columns.ts'
import type { SinkTable } from '../sink-ports.ts'
import { SQL_TYPE, type SqlType } from './values.ts'

export interface SqlColumn {
  readonly name: string
  readonly type: SqlType
  readonly required: boolean
}

const sqlColumn = ({ name, kind, required }: Column): SqlColumn => ({
  name,
  type: SQL_TYPE[kind],
  required: required === true,
})

export const SQL_COLUMNS: { readonly [table in SinkTable]: readonly SqlColumn[] } = {
  events: [...Object.values(RECORD_COLUMNS), SEQ_COLUMN].map(sqlColumn),
  profiles: Object.values<Column>(PROFILE_COLUMNS).map(sqlColumn),
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Rows come as one array a column, so that a statement has as many parameters as the table columns. */
export function insertInto(schema: string, table: SinkTable): string {
  const columns = SQL_COLUMNS[table]
  const names = columns.map(({ name }) => quoted(name)).join(', ')
  const arrays = columns.map(({ type }, i) => `$${i + 1}::${type}[]`).join(', ')
  return `INSERT INTO ${quoted(schema)}.${table} (${names}) SELECT * FROM unnest(${arrays})`
}
