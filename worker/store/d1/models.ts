/** Models on D1: rows that are written once. */
import type { Model } from '../../core/learning/model.ts'
import type { Models } from '../../flow/learning-ports.ts'

/** The newest as JSON, or null. */
export const NEWEST_MODEL = `(SELECT max(version) FROM model)`

/** ?1 version, ?2 body, ?3 now: only after the one before it. */
const WRITE = `
  INSERT INTO model (version, body, created_ms)
  SELECT ?1, ?2, ?3 WHERE coalesce(${NEWEST_MODEL}, 0) = ?1 - 1`

/** Logged decisions name their version and the propensity they had; older weights tell no more. */
const KEPT_MS = 90 * 86_400_000
/** ?1 time */
const FORGET = `DELETE FROM model WHERE created_ms < ?1 AND version < ${NEWEST_MODEL}`

/** ?1 version, or NULL for the newest */
const KEPT = `
  SELECT min(version) AS "from", max(version) AS "to",
    (SELECT body FROM model WHERE version = coalesce(?1, ${NEWEST_MODEL})) AS body
  FROM model`

interface KeptRow {
  readonly from: number | null
  readonly to: number | null
  readonly body: string | null
}

export function d1Models(db: D1Database): Models {
  return {
    async newest() {
      const row = await db
        .prepare('SELECT body FROM model ORDER BY version DESC LIMIT 1')
        .first<{ body: string }>()
      return row === null ? null : (JSON.parse(row.body) as Model)
    },

    async kept(version) {
      const row = (await db.prepare(KEPT).bind(version).first<KeptRow>()) as KeptRow
      const { from, to, body } = row
      return {
        model: body === null ? null : (JSON.parse(body) as Model),
        kept: from === null || to === null ? null : { from, to },
      }
    },

    async write(known, make, nowMs) {
      const model = make(known + 1)
      const [written] = await db.batch([
        db.prepare(WRITE).bind(model.version, JSON.stringify(model), nowMs),
        db.prepare(FORGET).bind(nowMs - KEPT_MS),
      ])
      return written?.meta.changes === 1 ? model : null
    },
  }
}
