/** The bucket's files as an analyst reads them: copied as they lie, opened by DuckDB. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DuckDBInstance, type Json } from '@duckdb/node-api'
import type { LocalWorker } from '../../../scripts/local-worker.ts'

export interface Warehouse {
  /** Where the copies lie. */
  readonly folder: string
  readonly files: readonly string[]
  /** Rows by column name; the files are the table `events`. */
  query(sql: string): Promise<Record<string, Json>[]>
  close(): Promise<void>
}

type Bucket = Awaited<ReturnType<LocalWorker['bucket']>>

export async function openWarehouse(bucket: Bucket): Promise<Warehouse> {
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-warehouse-'))
  const files = await copy(bucket, folder)
  const instance = await DuckDBInstance.create(':memory:')
  const duckdb = await instance.connect()
  if (files.length > 0) {
    await duckdb.run(
      `CREATE VIEW events AS
       SELECT * FROM read_parquet('${folder}/events/**/*.parquet', hive_partitioning = true)`,
    )
  }
  return {
    folder,
    files,
    query: async (sql) => (await duckdb.runAndReadAll(sql)).getRowObjectsJson(),
    async close() {
      duckdb.closeSync()
      instance.closeSync()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function copy(bucket: Bucket, folder: string): Promise<string[]> {
  const keys: string[] = []
  for (let cursor: string | undefined; ;) {
    const page = await bucket.list({
      prefix: 'events/',
      ...(cursor === undefined ? {} : { cursor }),
    })
    keys.push(...page.objects.map(({ key }) => key))
    if (!page.truncated) break
    cursor = page.cursor
  }
  for (const key of keys) {
    const object = await bucket.get(key)
    if (object === null) throw new Error(`${key} was listed and is gone`)
    await mkdir(dirname(join(folder, key)), { recursive: true })
    await writeFile(join(folder, key), new Uint8Array(await object.arrayBuffer()))
  }
  return keys
}
