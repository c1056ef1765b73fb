/** The outbox on D1, as operators look into it. */
import type { OutboxView } from '../../flow/ports.ts'
import type { Meter } from '../meter.ts'
import { trip } from './trip.ts'

/** Positions have no gaps (AUTOINCREMENT, one writer): the ends tell the count. */
const ENDS = `
  SELECT (SELECT coalesce(max(seq) - min(seq) + 1, 0) FROM outbox) AS rows,
         (SELECT received_ms FROM outbox ORDER BY seq LIMIT 1) AS oldestMs`

/** So few that it costs nothing, so many that it says something. */
const SAMPLED = 20

const WEIGHT = `
  SELECT (SELECT coalesce(max(seq) - min(seq) + 1, 0) FROM outbox) AS rows,
         (SELECT avg(octet_length(body)) FROM
           (SELECT body FROM outbox ORDER BY seq DESC LIMIT ${SAMPLED})) AS meanBytes`

const NEWEST = `SELECT seq, body FROM outbox ORDER BY seq DESC LIMIT ?1`
const FOLLOWING = `SELECT seq, body FROM outbox WHERE seq > ?1 ORDER BY seq LIMIT ?2`

export function d1OutboxView(d1: D1Database, meter: Meter): OutboxView {
  return {
    async ends() {
      const row = await trip(meter, () =>
        d1.prepare(ENDS).first<{ rows: number; oldestMs: number | null }>(),
      )
      return {
        rows: row?.rows ?? 0,
        oldestReceivedAt: row?.oldestMs == null ? null : new Date(row.oldestMs).toISOString(),
      }
    },

    async weight() {
      const row = await trip(meter, () =>
        d1.prepare(WEIGHT).first<{ rows: number; meanBytes: number | null }>(),
      )
      const rows = row?.rows ?? 0
      return { rows, bytes: Math.round(rows * (row?.meanBytes ?? 0)) }
    },

    async records(after, limit) {
      const { results: rows } = await trip(meter, () =>
        (after === null
          ? d1.prepare(NEWEST).bind(limit)
          : d1.prepare(FOLLOWING).bind(after, limit)
        ).all<{ seq: number; body: string }>(),
      )
      return rows.sort((a, b) => a.seq - b.seq)
    },
  }
}
