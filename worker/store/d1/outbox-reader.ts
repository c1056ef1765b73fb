/** The outbox on D1, as the warehouse reads it. */
import type { OutboxEntry, OutboxRange, OutboxReader } from '../../warehouse/ports.ts'
import { holdsLease } from './lease.ts'

/** One database is one shard. */
const SHARD = 'd1'
const PAGE_ENTRIES = 500

/** The head of the queue up to the limits and to the first entry of another hour. */
const NEXT = `
  WITH head AS MATERIALIZED (
    SELECT seq, received_ms / 3600000 AS hour, octet_length(body) AS bytes
    FROM outbox WHERE seq > ?1 ORDER BY seq LIMIT ?2
  ), running AS (
    SELECT seq, hour, sum(bytes) OVER (ORDER BY seq) AS total,
      first_value(hour) OVER (ORDER BY seq) AS first_hour, first_value(seq) OVER (ORDER BY seq) AS first_seq
    FROM head
  )
  SELECT min(seq) AS fromSeq, max(seq) AS toSeq, first_hour * 3600000 AS hourMs, count(*) AS entries
  FROM running
  WHERE (total <= ?3 OR seq = first_seq)
    AND seq < coalesce((SELECT min(seq) FROM running WHERE hour <> first_hour), 9007199254740991)
  HAVING count(*) > 0`

/** A page ends after so many bytes of bodies, with one entry at least: a Worker has 128 MB for everything. */
const PAGE_BYTES = 8_388_608

const READ = `
  SELECT seq, receivedMs, body FROM (
    SELECT seq, received_ms AS receivedMs, body,
      sum(octet_length(body)) OVER (ORDER BY seq) - octet_length(body) AS before
    FROM (SELECT seq, received_ms, body FROM outbox
          WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3))
  WHERE before < ?4 ORDER BY seq`

const TRIM = `
  DELETE FROM outbox
  WHERE seq IN (SELECT seq FROM outbox WHERE seq BETWEEN ?3 AND ?4 ORDER BY seq LIMIT ?5)
    AND ${holdsLease('?1', '?2')}`

/** Positions have no gaps (AUTOINCREMENT, one writer), so the ends tell the count: no scan. */
const BACKLOG = `
  SELECT max(seq) - min(seq) + 1 AS entries,
    (SELECT received_ms FROM outbox WHERE seq > ?1 ORDER BY seq LIMIT 1) AS oldestReceivedMs
  FROM (SELECT (SELECT min(seq) FROM outbox WHERE seq > ?1) AS seq
        UNION ALL SELECT (SELECT max(seq) FROM outbox WHERE seq > ?1))`

export function d1Outbox(db: D1Database): OutboxReader {
  return {
    shard: SHARD,
    lease: `warehouse:${SHARD}`,
    next(afterSeq, { maxEntries, maxBytes }) {
      return db.prepare(NEXT).bind(afterSeq, maxEntries, maxBytes).first<OutboxRange>()
    },
    async *read({ fromSeq, toSeq }) {
      let after = fromSeq - 1
      for (;;) {
        const statement = db.prepare(READ).bind(after, toSeq, PAGE_ENTRIES, PAGE_BYTES)
        const { results } = await statement.all<OutboxEntry>()
        const last = results.at(-1)
        if (last !== undefined) yield results
        if (last === undefined || last.seq >= toSeq) return
        after = last.seq
      }
    },
    async trim({ name, fence }, { fromSeq, toSeq }, maxEntries) {
      const statement = db.prepare(TRIM).bind(name, fence, fromSeq, toSeq, maxEntries)
      return (await statement.run()).meta.changes
    },
    async backlog(afterSeq, nowMs) {
      const row = await db
        .prepare(BACKLOG)
        .bind(afterSeq)
        .first<{ entries: number | null; oldestReceivedMs: number | null }>()
      const oldestMs = row?.oldestReceivedMs ?? nowMs
      return { backlogRows: row?.entries ?? 0, lagMs: Math.max(0, nowMs - oldestMs) }
    },
  }
}
