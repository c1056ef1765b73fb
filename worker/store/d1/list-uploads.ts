/** Uploads of lists on D1. */
import type { ListUploads, StoredUpload, UploadSummary } from '../../flow/list-ports.ts'
import type { Meter } from '../meter.ts'
import { trip } from './trip.ts'

const COLUMNS = 'id, list, mode, started_ms AS startedMs, finished_ms AS finishedMs'

const BEGIN = `
INSERT INTO list_upload (id, list, mode, started_ms, lines, refused, removed) VALUES (?1, ?2, ?3, ?4, 0, 0, 0)`

const READ = `SELECT ${COLUMNS} FROM list_upload WHERE id = ?1 AND list = ?2`

const ADVANCE = `
UPDATE list_upload SET lines = ?2, refused = ?3, removed = removed + ?4, finished_ms = ?5 WHERE id = ?1`

/** Of each list the newest, and how many there were. */
const NEWEST = `
SELECT ${COLUMNS}, lines, refused, removed, uploads FROM (
  SELECT *, count(*) OVER (PARTITION BY list) AS uploads,
    row_number() OVER (PARTITION BY list ORDER BY started_ms DESC, id DESC) AS nth
  FROM list_upload)
WHERE nth = 1 ORDER BY list`

export function d1ListUploads(db: D1Database, meter: Meter): ListUploads {
  return {
    async begin({ id, list, mode, startedMs }) {
      const statement = db.prepare(BEGIN).bind(id, list, mode, startedMs)
      await trip(meter, () => statement.run())
    },
    read(list, id) {
      return trip(meter, () => db.prepare(READ).bind(id, list).first<StoredUpload>())
    },
    async advance({ id }, { lines, refused, removed, finishedMs }) {
      const statement = db.prepare(ADVANCE).bind(id, lines, refused, removed, finishedMs)
      await trip(meter, () => statement.run())
    },
    async newest() {
      const { results } = await trip(meter, () => db.prepare(NEWEST).all<UploadSummary>())
      return results
    },
  }
}
