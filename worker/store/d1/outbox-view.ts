/** The outbox on D1, as operators look into it. */
import { desc, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { OutboxView } from '../../flow/ports.ts'
import type { Meter } from '../meter.ts'
import { outbox } from './schema.ts'
import { trip } from './trip.ts'

/** Positions have no gaps (AUTOINCREMENT, one writer): the ends tell the count. */
const ENDS = `
  SELECT (SELECT coalesce(max(seq) - min(seq) + 1, 0) FROM outbox) AS rows,
         (SELECT received_ms FROM outbox ORDER BY seq LIMIT 1) AS oldestMs`

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

    async records(after, limit) {
      const rows = await trip(meter, () =>
        drizzle(d1)
          .select({ seq: outbox.seq, body: outbox.body })
          .from(outbox)
          .where(after === null ? sql`true` : sql`${outbox.seq} > ${after}`)
          .orderBy(after === null ? desc(outbox.seq) : outbox.seq)
          .limit(limit),
      )
      return rows.sort((a, b) => a.seq - b.seq)
    },
  }
}
