/** What is compacted, on D1. Every write holds only under the fence it names. */
import type { Compaction, Compactions, Piece } from '../../warehouse/ports.ts'
import { holdsLease } from './lease.ts'
import { MANIFEST_COLUMNS, manifestOf, type ManifestRow } from './manifest.ts'

const CURRENT = 'SELECT shard, path, pieces, state FROM compaction WHERE shard = ?1'

const LOOSE = `
  SELECT ${MANIFEST_COLUMNS} FROM manifest
  WHERE shard = ?1 AND loose = 1 AND state = 'done' AND hour_ms =
    (SELECT min(hour_ms) FROM manifest WHERE shard = ?1 AND loose = 1 AND hour_ms <= ?2)
  ORDER BY from_seq LIMIT ?3`

/** ?1 lease, ?2 fence, ?3 shard, ?4 positions as JSON */
const SETTLE = `
  UPDATE manifest SET loose = 0
  WHERE shard = ?3 AND from_seq IN (SELECT value FROM json_each(?4)) AND ${holdsLease('?1', '?2')}`

const OPEN = `
  INSERT INTO compaction (shard, path, pieces, state, updated_ms)
  SELECT ?3, ?4, ?5, 'open', ?6
  WHERE ${holdsLease('?1', '?2')} AND NOT EXISTS (SELECT 1 FROM compaction WHERE shard = ?3)`

/** ?4 path, ?5 where each batch begins [{ fromSeq, firstRow }] */
const LEAD = `
  UPDATE manifest SET path = ?4, loose = 0, first_row =
    (SELECT e.value->>'firstRow' FROM json_each(?5) e WHERE e.value->>'fromSeq' = manifest.from_seq)
  WHERE shard = ?3 AND from_seq IN (SELECT value->>'fromSeq' FROM json_each(?5))
    AND EXISTS (SELECT 1 FROM compaction WHERE shard = ?3 AND path = ?4 AND state = 'open')
    AND ${holdsLease('?1', '?2')}`

const POINT = `
  UPDATE compaction SET state = 'pointed', updated_ms = ?5
  WHERE shard = ?3 AND path = ?4 AND state = 'open' AND ${holdsLease('?1', '?2')}`

const CLOSE = `
  DELETE FROM compaction WHERE shard = ?3 AND state = 'pointed' AND ${holdsLease('?1', '?2')}`

export function d1Compactions(db: D1Database): Compactions {
  const changed = async (sql: string, ...values: (string | number)[]): Promise<boolean> => {
    const { meta } = await db
      .prepare(sql)
      .bind(...values)
      .run()
    return meta.changes > 0
  }
  return {
    async current(shard) {
      const row = await db
        .prepare(CURRENT)
        .bind(shard)
        .first<Omit<Compaction, 'pieces'> & { readonly pieces: string }>()
      return row === null ? null : { ...row, pieces: JSON.parse(row.pieces) as Piece[] }
    },

    async loose(shard, upToHourMs, limit) {
      const statement = db.prepare(LOOSE).bind(shard, upToHourMs, limit)
      return (await statement.all<ManifestRow>()).results.map(manifestOf)
    },

    settle: ({ name, fence }, shard, fromSeqs) =>
      changed(SETTLE, name, fence, shard, JSON.stringify(fromSeqs)),

    open: ({ name, fence }, { shard, path, pieces }, nowMs) =>
      changed(OPEN, name, fence, shard, path, JSON.stringify(pieces), nowMs),

    async point({ name, fence }, { shard, path, pieces }, nowMs) {
      let firstRow = 0
      const begins = pieces.map(({ fromSeq, rows }) => {
        const begin = { fromSeq, firstRow }
        firstRow += rows
        return begin
      })
      const [, pointed] = await db.batch([
        db.prepare(LEAD).bind(name, fence, shard, path, JSON.stringify(begins)),
        db.prepare(POINT).bind(name, fence, shard, path, nowMs),
      ])
      return (pointed?.meta.changes ?? 0) > 0
    },

    close: ({ name, fence }, shard) => changed(CLOSE, name, fence, shard),
  }
}
