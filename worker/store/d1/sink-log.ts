/** Where each sink stands, on D1. Every write but an operator's wish holds only under the fence it names. */
import type { DeadLetter, SinkLog, SinkState } from '../../warehouse/sink-ports.ts'
import { holdsLease } from './lease.ts'

const STATE = `name AS sink, shard, after_seq AS afterSeq, tries, retry_at_ms AS retryAtMs, error,
  batches, rows, updated_ms AS updatedMs`

/** ?1 lease, ?2 fence, ?3 sink, ?4 shard, ?5 position, ?6 rows, ?7 batches, ?8 now */
const ADVANCE = `
  INSERT INTO sink (name, shard, after_seq, tries, retry_at_ms, error, batches, rows, updated_ms)
  SELECT ?3, ?4, ?5, 0, 0, NULL, ?7, ?6, ?8 WHERE ${holdsLease('?1', '?2')}
  ON CONFLICT (name, shard) DO UPDATE SET after_seq = excluded.after_seq, tries = 0, retry_at_ms = 0,
    error = NULL, batches = sink.batches + ?7, rows = sink.rows + ?6, updated_ms = excluded.updated_ms`

/** ?1 lease, ?2 fence, ?3 sink, ?4 shard, ?5 position, ?6 tries, ?7 retryAt, ?8 error, ?9 now */
const DEFER = `
  INSERT INTO sink (name, shard, after_seq, tries, retry_at_ms, error, batches, rows, updated_ms)
  SELECT ?3, ?4, ?5, ?6, ?7, ?8, 0, 0, ?9 WHERE ${holdsLease('?1', '?2')}
  ON CONFLICT (name, shard) DO UPDATE SET tries = excluded.tries, retry_at_ms = excluded.retry_at_ms,
    error = excluded.error, updated_ms = excluded.updated_ms`

const LETTER = `sink, shard, from_seq AS fromSeq, batch_id AS batchId, tries, error, wanted, at_ms AS atMs`

/** ?1 lease, ?2 fence, ?3 sink, ?4 shard, ?5 position, ?6 batch, ?7 tries, ?8 error, ?9 now */
const BURY = `
  INSERT INTO dead_letter (sink, shard, from_seq, batch_id, tries, error, wanted, at_ms)
  SELECT ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9 WHERE ${holdsLease('?1', '?2')}
  ON CONFLICT (sink, shard, from_seq) DO UPDATE SET tries = excluded.tries, error = excluded.error,
    wanted = 0, at_ms = excluded.at_ms`

/** ?1 lease, ?2 fence, ?3 sink, ?4 shard, ?5 position */
const SETTLE = `
  DELETE FROM dead_letter
  WHERE sink = ?3 AND shard = ?4 AND from_seq = ?5 AND ${holdsLease('?1', '?2')}`

/** ?1 lease, ?2 fence, ?3 sink, ?4 shard, ?5 rows, ?6 now */
const COUNT = `
  UPDATE sink SET batches = batches + 1, rows = rows + ?5, updated_ms = ?6
  WHERE name = ?3 AND shard = ?4 AND ${holdsLease('?1', '?2')}`

type LetterRow = Omit<DeadLetter, 'wanted'> & { readonly wanted: number }
const letterOf = ({ wanted, ...row }: LetterRow): DeadLetter => ({ ...row, wanted: wanted === 1 })

export function d1SinkLog(db: D1Database): SinkLog {
  const changed = async (sql: string, ...values: (string | number)[]): Promise<boolean> => {
    const { meta } = await db
      .prepare(sql)
      .bind(...values)
      .run()
    return meta.changes > 0
  }
  return {
    async read(sink, shard) {
      const row = await db
        .prepare(`SELECT ${STATE} FROM sink WHERE name = ?1 AND shard = ?2`)
        .bind(sink, shard)
        .first<SinkState>()
      const unknown = { afterSeq: 0, tries: 0, retryAtMs: 0, error: null, batches: 0, rows: 0 }
      return row ?? { sink, shard, ...unknown, updatedMs: 0 }
    },

    async all() {
      const sql = `SELECT ${STATE} FROM sink ORDER BY name, shard`
      return (await db.prepare(sql).all<SinkState>()).results
    },

    advance: ({ name, fence }, { sink, shard }, toSeq, rows, nowMs) =>
      changed(ADVANCE, name, fence, sink, shard, toSeq, rows, 1, nowMs),

    defer: ({ name, fence }, { sink, shard, afterSeq }, { tries, retryAtMs, error }, nowMs) =>
      changed(DEFER, name, fence, sink, shard, afterSeq, tries, retryAtMs, error, nowMs),

    async bury({ name, fence }, { sink, shard }, { fromSeq, toSeq, batch }, failure, nowMs) {
      const { tries, error } = failure
      const batchId = batch?.batchId ?? ''
      const [, advanced] = await db.batch([
        db.prepare(BURY).bind(name, fence, sink, shard, fromSeq, batchId, tries, error, nowMs),
        db.prepare(ADVANCE).bind(name, fence, sink, shard, toSeq, 0, 0, nowMs),
      ])
      return (advanced?.meta.changes ?? 0) > 0
    },

    async deadLetters(limit) {
      const sql = `SELECT ${LETTER} FROM dead_letter ORDER BY at_ms DESC, sink, shard, from_seq LIMIT ?1`
      return (await db.prepare(sql).bind(limit).all<LetterRow>()).results.map(letterOf)
    },

    async wanted(sink, shard) {
      const row = await db
        .prepare(
          `SELECT ${LETTER} FROM dead_letter
           WHERE sink = ?1 AND shard = ?2 AND wanted = 1 ORDER BY from_seq LIMIT 1`,
        )
        .bind(sink, shard)
        .first<LetterRow>()
      return row === null ? null : letterOf(row)
    },

    async settle({ name, fence }, { sink, shard, fromSeq }, rows, nowMs) {
      const [, gone] = await db.batch([
        db.prepare(COUNT).bind(name, fence, sink, shard, rows, nowMs),
        db.prepare(SETTLE).bind(name, fence, sink, shard, fromSeq),
      ])
      return (gone?.meta.changes ?? 0) > 0
    },

    rebury: ({ name, fence }, { sink, shard, fromSeq, batchId }, { tries, error }, nowMs) =>
      changed(BURY, name, fence, sink, shard, fromSeq, batchId, tries, error, nowMs),

    async want(sink, nowMs) {
      const [wanted] = await db.batch([
        db.prepare('UPDATE dead_letter SET wanted = 1 WHERE sink = ?1').bind(sink),
        db
          .prepare('UPDATE sink SET retry_at_ms = 0, updated_ms = ?2 WHERE name = ?1')
          .bind(sink, nowMs),
      ])
      return wanted?.meta.changes ?? 0
    },
  }
}
