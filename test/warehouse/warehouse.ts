/** A warehouse to test: the real D1 and R2 of workerd, and what lies in them. */
import { env } from 'cloudflare:workers'
import { parquetReadObjects } from 'hyparquet'
import type { EventRecord, OutboxBody } from '../../worker/core/record.ts'
import { d1Leases } from '../../worker/store/d1/lease.ts'
import { d1Manifests } from '../../worker/store/d1/manifest.ts'
import { d1Outbox } from '../../worker/store/d1/outbox-reader.ts'
import { fileRows } from '../../worker/warehouse/file-rows.ts'
import { parquetFile, profilesFile } from '../../worker/warehouse/parquet.ts'
import { r2Bucket } from '../../worker/warehouse/r2-bucket.ts'
import { rowBuilder } from '../../worker/warehouse/rows.ts'
import type { SinkBatch } from '../../worker/warehouse/sink-ports.ts'
import type { ProfileRow } from '../../worker/warehouse/snapshot-ports.ts'

export const HOUR_MS = 3_600_000
/** 2026-03-01T09:00:00Z */
export const NINE_MS = Date.UTC(2026, 2, 1, 9)

export const outbox = d1Outbox(env.DB)
export const manifests = d1Manifests(env.DB)
export const leases = d1Leases(env.DB)

const TABLES = ['outbox', 'manifest', 'lease', 'sink', 'dead_letter', 'compaction', 'snapshot']

/** Empties every store, positions too: cases share one database. */
export async function clear(): Promise<void> {
  await env.DB.batch(
    [...TABLES, "sqlite_sequence WHERE name = 'outbox'"].map((table) =>
      env.DB.prepare(`DELETE FROM ${table}`),
    ),
  )
  for (const { path } of await files()) await env.BUCKET.delete(path)
}

export function record(messageId: string, over: Partial<EventRecord> = {}): EventRecord {
  return {
    type: 'track',
    messageId,
    source: 'shop',
    profileId: 'p1',
    epoch: 3,
    anonymousId: 'anon-1',
    event: 'Product Viewed',
    properties: { sku: 'K-1', price: 1200 },
    timestampMs: NINE_MS,
    receivedAtMs: NINE_MS,
    originalTimestampMs: null,
    sentAtMs: null,
    ...over,
  }
}

/** One outbox row, as a commit writes it. */
export async function commit(receivedMs: number, records: readonly EventRecord[]): Promise<void> {
  await commitBody(receivedMs, JSON.stringify({ v: 1, records } satisfies OutboxBody))
}
export async function commitBody(receivedMs: number, body: string): Promise<void> {
  await env.DB.prepare('INSERT INTO outbox (commit_id, received_ms, body) VALUES (?1, ?2, ?3)')
    .bind(crypto.randomUUID(), receivedMs, body)
    .run()
}

/** Commits of two records each: m<n>-a, m<n>-b. Answers the messageIds. */
export async function fill(count: number, receivedMs = NINE_MS, stepMs = 1): Promise<string[]> {
  const ids: string[] = []
  const rows = Array.from({ length: count }, (_, n) => {
    const at = receivedMs + n * stepMs
    const pair = [`m${receivedMs}-${n}-a`, `m${receivedMs}-${n}-b`]
    ids.push(...pair)
    const records = pair.map((id) => record(id, { receivedAtMs: at, timestampMs: at }))
    return { commitId: `c${receivedMs}-${n}`, at, body: JSON.stringify({ v: 1, records }) }
  })
  await env.DB.prepare(
    `INSERT INTO outbox (commit_id, received_ms, body)
     SELECT value->>'commitId', value->>'at', value->>'body' FROM json_each(?1) ORDER BY key`,
  )
    .bind(JSON.stringify(rows))
    .run()
  return ids.sort()
}

export interface StoredFile {
  readonly path: string
  readonly etag: string
}

/** Of events; of everything with ''. */
export async function files(prefix = 'events/'): Promise<StoredFile[]> {
  const { objects, truncated } = await env.BUCKET.list({ prefix })
  if (truncated) throw new Error('more files than one listing holds')
  return objects.map(({ key, etag }) => ({ path: key, etag }))
}

export type ParquetRow = Record<string, unknown>

export async function rowsIn(path: string): Promise<ParquetRow[]> {
  const object = await env.BUCKET.get(path)
  if (object === null) throw new Error(`no ${path}`)
  return parquetRows(await object.arrayBuffer())
}

export const parquetRows = (file: ArrayBuffer): Promise<ParquetRow[]> =>
  parquetReadObjects({ file })

/** Every messageId in every file, sorted, repeats included. */
export async function messageIds(): Promise<string[]> {
  const ids: string[] = []
  for (const { path } of await files()) {
    for (const row of await rowsIn(path)) ids.push(String(row['message_id']))
  }
  return ids.sort()
}

/** Everything that a run may change, to compare. */
export async function everything(): Promise<unknown> {
  const tables = TABLES.map((table) => `SELECT * FROM ${table} ORDER BY 1, 2`)
  const results = await env.DB.batch(tables.map((sql) => env.DB.prepare(sql)))
  return [await files(''), ...results.map(({ results }) => results)]
}

export async function outboxSize(): Promise<number> {
  const row = await env.DB.prepare('SELECT count(*) AS n FROM outbox').first<{ n: number }>()
  return row?.n ?? 0
}

let batches = 0

/** A part of a daily snapshot as a sink gets it. */
export async function profilesBatchOf(rows: readonly ProfileRow[]): Promise<SinkBatch> {
  const path = `profiles/test/${++batches}.parquet`
  await env.BUCKET.put(path, profilesFile(rows))
  return {
    batchId: `profiles-${crypto.randomUUID()}`,
    table: 'profiles',
    rows: rows.length,
    read: () => fileRows(r2Bucket(env.BUCKET), { path, firstRow: 0, rows: rows.length }),
  }
}

/** A batch as a sink gets it, read from a real file in R2. */
export async function batchOf(
  records: readonly EventRecord[],
  { rowGroupRows }: { readonly rowGroupRows?: number } = {},
): Promise<SinkBatch> {
  const rows = rowBuilder()
  const body = JSON.stringify({ v: 1, records } satisfies OutboxBody)
  rows.add('test', { seq: 1, receivedMs: NINE_MS, body })
  const batchId = `batch-${crypto.randomUUID()}`
  const path = `events/test/${++batches}.parquet`
  await env.BUCKET.put(path, parquetFile(rows.columns, rowGroupRows))
  return {
    batchId,
    table: 'events',
    rows: records.length,
    read: () => fileRows(r2Bucket(env.BUCKET), { path, firstRow: 0, rows: records.length }),
  }
}
