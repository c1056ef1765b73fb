/** Preview links that were used, until they would have expired anyway. */
import type { PreviewUses } from '../../flow/ports.ts'
import type { Meter } from '../meter.ts'
import { trip } from './trip.ts'

const FORGET = 'DELETE FROM preview_use WHERE until_ms <= ?1'
const USE = 'INSERT INTO preview_use (id, until_ms) VALUES (?1, ?2) ON CONFLICT DO NOTHING'

/** @param meter counts each trip to the database */
export function d1PreviewUses(db: D1Database, meter: Meter): PreviewUses {
  return {
    async use(id, untilMs, nowMs) {
      const [, used] = await trip(meter, () =>
        db.batch([db.prepare(FORGET).bind(nowMs), db.prepare(USE).bind(id, untilMs)]),
      )
      return used?.meta.changes === 1
    },
  }
}
