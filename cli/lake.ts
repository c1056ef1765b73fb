/** Files of the bucket as tables in DuckDB, with the views of docs/warehouse.md. */
import { DuckDBInstance, type DuckDBConnection, type DuckDBResult } from '@duckdb/node-api'
import { createViews } from '../worker/contract/warehouse-views.ts'
import type { BucketFile } from './local-bucket.ts'

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

export interface Lake extends AsyncDisposable {
  /** Rows of the last of several statements, as they come. Throws what DuckDB says. */
  ask(sql: string): Promise<DuckDBResult>
}

/**
 * In memory: nothing is written to the bucket.
 * @param files at least one of events
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
    const events = files.filter(({ key }) => key.startsWith('events/'))
    await tableOf(connection, 'events', await withoutCompacted(connection, events))
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

/** A blob's path says nothing of its day: that stands in what the bucket calls it. */
async function tableOf(
  connection: DuckDBConnection,
  table: string,
  files: readonly BucketFile[],
): Promise<void> {
  const rows = files.map(({ key, path }) => `(${[path, ...partitionsOf(key)].map(quoted).join()})`)
  await connection.run(
    `CREATE TABLE bucket.${table} AS FROM (VALUES ${rows.join()}) AS files(path, dt, hour)`,
  )
  const paths = files.map(({ path }) => quoted(path)).join()
  await connection.run(
    `CREATE VIEW ${table} AS
     SELECT rows.* EXCLUDE (filename), files.dt::DATE AS dt, files.hour
     FROM read_parquet([${paths}], union_by_name = true, filename = true) AS rows
     JOIN bucket.${table} AS files ON files.path = rows.filename`,
  )
}

function partitionsOf(key: string): [dt: string, hour: string] {
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
