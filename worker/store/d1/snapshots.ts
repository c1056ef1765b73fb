/** The daily snapshot on D1. Every write holds only under the fence it names. */
import { PROFILES_SHARD, type Snapshot, type Snapshots } from '../../warehouse/snapshot-ports.ts'
import { holdsLease } from './lease.ts'

const COLUMNS = 'day_ms AS dayMs, after, parts, rows, state'

/** ?1 lease, ?2 fence, ?3 day, ?4 now */
const BEGIN = `
  INSERT INTO snapshot (id, day_ms, after, parts, rows, state, updated_ms)
  SELECT 1, ?3, NULL, 0, 0, 'open', ?4 WHERE ${holdsLease('?1', '?2')}
  ON CONFLICT (id) DO UPDATE SET day_ms = excluded.day_ms, after = NULL, parts = 0, rows = 0,
    state = 'open', updated_ms = excluded.updated_ms
    WHERE snapshot.state = 'done'`

/** ?3 day, ?4 parts so far: what nobody has moved on from since it was read. */
const STANDS = `EXISTS (SELECT 1 FROM snapshot
  WHERE id = 1 AND state = 'open' AND day_ms = ?3 AND parts = ?4)`

const NEWEST = `(SELECT max(to_seq) FROM manifest WHERE shard = '${PROFILES_SHARD}')`

/** ?5 batch, ?6 path, ?7 rows, ?8 bytes, ?9 now. There is no outbox to trim, so it is done at once. */
const FILE = `
  INSERT INTO manifest (shard, from_seq, to_seq, hour_ms, entries, batch_id, path, rows, bytes,
    state, fence, updated_ms, first_row, loose)
  SELECT '${PROFILES_SHARD}', coalesce(${NEWEST}, 0) + 1, coalesce(${NEWEST}, 0) + 1,
    ?3, ?7, ?5, ?6, ?7, ?8, 'done', ?2, ?9, 0, 0
  WHERE ${STANDS} AND ${holdsLease('?1', '?2')}`

/** As manifest.ts counts the files of events; only if the statement before it held. */
const COUNT = `
  INSERT INTO sink (name, shard, after_seq, tries, retry_at_ms, batches, rows, updated_ms)
  SELECT 'r2', shard, to_seq, 0, 0, 1, rows, updated_ms FROM manifest
  WHERE shard = '${PROFILES_SHARD}' AND to_seq = ${NEWEST} AND changes() = 1
  ON CONFLICT (name, shard) DO UPDATE SET after_seq = excluded.after_seq,
    batches = sink.batches + 1, rows = sink.rows + excluded.rows, updated_ms = excluded.updated_ms`

/** ?5 after, ?6 rows, ?7 state, ?8 now */
const MOVE = `
  UPDATE snapshot SET after = ?5, parts = parts + 1, rows = rows + ?6, state = ?7, updated_ms = ?8
  WHERE id = 1 AND ${STANDS} AND ${holdsLease('?1', '?2')}
  RETURNING ${COLUMNS}`

export const d1Snapshots = (db: D1Database): Snapshots => ({
  current: () => db.prepare(`SELECT ${COLUMNS} FROM snapshot WHERE id = 1`).first<Snapshot>(),

  async begin({ name, fence }, dayMs, nowMs) {
    const { meta } = await db.prepare(BEGIN).bind(name, fence, dayMs, nowMs).run()
    return meta.changes > 0
  },

  async isFiled(path) {
    const sql = `SELECT 1 AS one FROM manifest WHERE shard = '${PROFILES_SHARD}' AND path = ?1`
    return (await db.prepare(sql).bind(path).first()) !== null
  },

  async advance({ name, fence }, { dayMs, parts }, { batch, next, last }, nowMs) {
    const guard = [name, fence, dayMs, parts] as const
    const filing =
      batch === null
        ? []
        : [
            db
              .prepare(FILE)
              .bind(...guard, batch.batchId, batch.path, batch.rows, batch.bytes, nowMs),
            db.prepare(COUNT),
          ]
    const state = last ? 'done' : 'open'
    const move = db.prepare(MOVE).bind(...guard, next, batch?.rows ?? 0, state, nowMs)
    const results = await db.batch<Snapshot>([...filing, move])
    return results.at(-1)?.results[0] ?? null
  },
})
