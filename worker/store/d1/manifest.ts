/** The log of batches on D1. Every write holds only under the fence it names. */
import type { Manifest, Manifests, ManifestState } from '../../warehouse/ports.ts'
import { holdsLease } from './lease.ts'

export const MANIFEST_COLUMNS = `shard, from_seq AS fromSeq, to_seq AS toSeq, hour_ms AS hourMs, entries, state,
  batch_id AS batchId, path, rows, bytes, updated_ms AS updatedMs, first_row AS firstRow`

const LATEST = `SELECT ${MANIFEST_COLUMNS} FROM manifest WHERE shard = ?1 ORDER BY from_seq DESC LIMIT ?2`

const AFTER = `SELECT ${MANIFEST_COLUMNS} FROM manifest
  WHERE shard = ?1 AND from_seq > ?2 AND state IN ('written', 'done') ORDER BY from_seq LIMIT 1`

const BEHIND = `SELECT count(*) AS batches, min(updated_ms) AS oldestMs FROM (
  SELECT updated_ms FROM manifest
  WHERE shard = ?1 AND from_seq > ?2 AND state IN ('written', 'done') ORDER BY from_seq LIMIT 1000)`

const AT = `SELECT ${MANIFEST_COLUMNS} FROM manifest WHERE shard = ?1 AND from_seq = ?2`

/** Refused when the range before it is unfinished or reaches into it. */
const OPEN = `
  INSERT INTO manifest (shard, from_seq, to_seq, hour_ms, entries, state, fence, updated_ms)
  SELECT ?3, ?4, ?5, ?6, ?7, 'open', ?2, ?8
  WHERE ${holdsLease('?1', '?2')}
    AND NOT EXISTS (SELECT 1 FROM manifest WHERE shard = ?3 AND (state <> 'done' OR to_seq >= ?4))
  RETURNING ${MANIFEST_COLUMNS}`

const NAME = `
  UPDATE manifest SET state = 'named', batch_id = ?5, path = ?6, rows = ?7, bytes = ?8,
    fence = ?2, updated_ms = ?9
  WHERE shard = ?3 AND from_seq = ?4 AND state = 'open' AND ${holdsLease('?1', '?2')}
  RETURNING ${MANIFEST_COLUMNS}`

/** Counted as R2's own in the log of sinks, where the others stand; only if the statement before it held. */
const COUNT = `
  INSERT INTO sink (name, shard, after_seq, tries, retry_at_ms, batches, rows, updated_ms)
  SELECT 'r2', shard, to_seq, 0, 0, 1, rows, updated_ms FROM manifest
  WHERE shard = ?1 AND from_seq = ?2 AND changes() = 1
  ON CONFLICT (name, shard) DO UPDATE SET after_seq = excluded.after_seq,
    batches = sink.batches + 1, rows = sink.rows + excluded.rows, updated_ms = excluded.updated_ms`

const ADVANCE = `
  UPDATE manifest SET state = 'written', bytes = ?5, fence = ?2, updated_ms = ?6
  WHERE shard = ?3 AND from_seq = ?4 AND state = 'named' AND ${holdsLease('?1', '?2')}
  RETURNING ${MANIFEST_COLUMNS}`

const CLOSE = `
  UPDATE manifest SET state = 'done', fence = ?2, updated_ms = ?5
  WHERE shard = ?3 AND from_seq = ?4 AND state = 'written' AND ${holdsLease('?1', '?2')}
  RETURNING ${MANIFEST_COLUMNS}`

export interface ManifestRow {
  readonly shard: string
  readonly fromSeq: number
  readonly toSeq: number
  readonly hourMs: number
  readonly entries: number
  readonly state: ManifestState
  readonly batchId: string | null
  readonly path: string | null
  readonly rows: number | null
  readonly bytes: number | null
  readonly updatedMs: number
  readonly firstRow: number
}

export function d1Manifests(db: D1Database): Manifests {
  const one = async (sql: string, ...values: (string | number)[]): Promise<Manifest | null> => {
    const row = await db
      .prepare(sql)
      .bind(...values)
      .first<ManifestRow>()
    return row === null ? null : manifestOf(row)
  }
  return {
    async latest(shard, limit) {
      const { results } = await db.prepare(LATEST).bind(shard, limit).all<ManifestRow>()
      return results.map(manifestOf)
    },
    after: (shard, afterSeq) => one(AFTER, shard, afterSeq),
    async behind(shard, afterSeq) {
      const row = await db
        .prepare(BEHIND)
        .bind(shard, afterSeq)
        .first<{ batches: number; oldestMs: number | null }>()
      return row ?? { batches: 0, oldestMs: null }
    },
    at: (shard, fromSeq) => one(AT, shard, fromSeq),
    open({ name, fence }, shard, { fromSeq, toSeq, hourMs, entries }, nowMs) {
      return one(OPEN, name, fence, shard, fromSeq, toSeq, hourMs, entries, nowMs)
    },
    name({ name, fence }, { shard, fromSeq }, { batchId, path, rows, bytes }, nowMs) {
      return one(NAME, name, fence, shard, fromSeq, batchId, path, rows, bytes, nowMs)
    },
    async advance({ name, fence }, { shard, fromSeq }, bytes, nowMs) {
      const [advanced] = await db.batch<ManifestRow>([
        db.prepare(ADVANCE).bind(name, fence, shard, fromSeq, bytes, nowMs),
        db.prepare(COUNT).bind(shard, fromSeq),
      ])
      const [row] = advanced?.results ?? []
      return row === undefined ? null : manifestOf(row)
    },
    close({ name, fence }, { shard, fromSeq }, nowMs) {
      return one(CLOSE, name, fence, shard, fromSeq, nowMs)
    },
  }
}

export function manifestOf({ batchId, path, rows, bytes, ...range }: ManifestRow): Manifest {
  const named = batchId !== null && path !== null && rows !== null && bytes !== null
  return { ...range, batch: named ? { batchId, path, rows, bytes } : null }
}
