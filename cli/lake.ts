/** Files of the bucket as tables in DuckDB, with the views of docs/warehouse.md. */
import { DuckDBInstance, type DuckDBConnection, type DuckDBResult } from '@duckdb/node-api'
import { createViews } from '../worker/contract/warehouse-views.ts'
import {
  PROFILE_COLUMNS,
  RECORD_COLUMNS,
  SEQ_COLUMN,
  type Column,
  type ColumnKind,
} from '../worker/warehouse/columns.ts'
import type { BucketFile } from './local-bucket.ts'

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

export interface Lake extends AsyncDisposable {
  /** Rows of the last of several statements, as they come. Throws what DuckDB says. */
  ask(sql: string): Promise<DuckDBResult>
}

/**
 * In memory: nothing is written to the bucket. A table without files is an empty one.
 */
export async function openLake(files: readonly BucketFile[]): Promise<Lake> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const close = (): void => {
    connection.closeSync()
    instance.closeSync()
  }
  try {
    await connection.run(`SET TimeZone = 'UTC'; CREATE SCHEMA bucket`)
    for (const [table, columns] of TABLES) {
      const own = files.filter(({ key }) => key.startsWith(`${table}/`))
      await tableOf(connection, table, columns, await withoutCompacted(connection, own))
    }
    for (const statement of createViews('duckdb')) await connection.run(statement)
  } catch (error) {
    close()
    throw error
  }
  return {
    ask: (sql) => connection.stream(sql),
    [Symbol.asyncDispose]: async () => close(),
  }
}

/** Whether somebody may have compacted a file away since it was listed. */
export const isOfMissingFile = (error: unknown): boolean =>
  error instanceof Error && /^IO Error: (?:No files found|Cannot open file)/.test(error.message)

const TABLES: readonly (readonly [table: string, columns: readonly Column[]])[] = [
  ['events', [...Object.values(RECORD_COLUMNS), SEQ_COLUMN]],
  ['profiles', Object.values(PROFILE_COLUMNS)],
]

const TYPES: { readonly [kind in ColumnKind]: string } = {
  text: 'VARCHAR',
  json: 'VARCHAR',
  time: 'TIMESTAMPTZ',
  date: 'DATE',
  integer: 'INTEGER',
  long: 'BIGINT',
  flag: 'BOOLEAN',
}

/** A blob's path says nothing of its day and hour: they stand in what the bucket calls it. */
async function tableOf(
  connection: DuckDBConnection,
  table: string,
  columns: readonly Column[],
  files: readonly BucketFile[],
): Promise<void> {
  if (files.length === 0) {
    const none = columns.map(({ name, kind }) => `NULL::${TYPES[kind]} AS ${name}`)
    await connection.run(`CREATE VIEW ${table} AS SELECT ${none.join()} WHERE false`)
    return
  }
  const rows = files.map(({ key, path }) => `(${[path, ...partitionsOf(key)].map(quoted).join()})`)
  await connection.run(
    `CREATE TABLE bucket.${table} AS FROM (VALUES ${rows.join()}) AS files(path, dt, hour)`,
  )
  const paths = files.map(({ path }) => quoted(path)).join()
  const partitions = table === 'events' ? ', files.dt::DATE AS dt, files.hour' : ''
  await connection.run(
    `CREATE VIEW ${table} AS
     SELECT rows.* EXCLUDE (filename)${partitions}
     FROM read_parquet([${paths}], union_by_name = true, filename = true, hive_partitioning = false) AS rows
     JOIN bucket.${table} AS files ON files.path = rows.filename`,
  )
}

const partitionsOf = (key: string): [dt: string, hour: string] => {
  const [, dt = '', hour = ''] = /dt=([^/]*)\/(?:hour=([^/]*)\/)?/.exec(key) ?? []
  return [dt, hour]
}

/** For a moment an hour lies there twice: as the files that were, and put together. */
async function withoutCompacted(
  connection: DuckDBConnection,
  files: readonly BucketFile[],
): Promise<readonly BucketFile[]> {
  if (files.length === 0) return files
  const paths = files.map(({ path }) => quoted(path)).join()
  const reader = await connection.runAndReadAll(
    `SELECT decode(value) FROM parquet_kv_metadata([${paths}]) WHERE decode(key) = 'tsugi.batches'`,
  )
  const gone = new Set(reader.getRows().flatMap(([ids]) => String(ids).split(',')))
  return files.filter(({ key }) => !gone.has(key.replace(/^.*\//, '').replace(/\.parquet$/, '')))
}
