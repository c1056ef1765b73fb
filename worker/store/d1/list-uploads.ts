/** Uploads of lists on D1. */
import type { ListUploads, StoredUpload, UploadSummary } from '../../flow/list-ports.ts'
import type { Meter } from '../meter.ts'
import { trip } from './trip.ts'

const COLUMNS = 'id, list_upload.list, mode, started_ms AS startedMs, finished_ms AS finishedMs'

const BEGIN = `
INSERT INTO list_upload (id, list, mode, started_ms, lines, refused, removed) VALUES (?1, ?2, ?3, ?4, 0, 0, 0)`

const READ = `SELECT ${COLUMNS} FROM list_upload WHERE id = ?1 AND list_upload.list = ?2`

const ADVANCE = `
UPDATE list_upload SET lines = ?2, refused = ?3, removed = removed + ?4, finished_ms = ?5 WHERE id = ?1`

const COUNT = `
INSERT INTO static_list (list, uploads, newest_upload) VALUES (?1, 1, ?2)
ON CONFLICT (list) DO UPDATE SET uploads = uploads + 1, newest_upload = excluded.newest_upload`

/** Two rows a list, however many uploads there were. */
const NEWEST = `
SELECT ${COLUMNS}, lines, refused, removed, uploads
FROM static_list JOIN list_upload ON list_upload.id = newest_upload
WHERE static_list.list > ?1 ORDER BY static_list.list LIMIT ?2`

export function d1ListUploads(db: D1Database, meter: Meter): ListUploads {
  return {
    async begin({ id, list, mode, startedMs }) {
      const statements = [
        db.prepare(BEGIN).bind(id, list, mode, startedMs),
        db.prepare(COUNT).bind(list, id),
      ]
      await trip(meter, () => db.batch(statements))
    },
    read(list, id) {
      return trip(meter, () => db.prepare(READ).bind(id, list).first<StoredUpload>())
    },
    async advance({ id }, { lines, refused, removed, finishedMs }) {
      const statement = db.prepare(ADVANCE).bind(id, lines, refused, removed, finishedMs)
      await trip(meter, () => statement.run())
    },
    async newest(after, limit) {
      const statement = db.prepare(NEWEST).bind(after ?? '', limit)
      const { results } = await trip(meter, () => statement.all<UploadSummary>())
      return results
    },
  }
}
