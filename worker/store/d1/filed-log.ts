/** The log of batches on D1, as replay follows it: what is durable, oldest first. */
import type { FiledBatch, FiledLog } from '../../flow/replay-ports.ts'
import type { Meter } from '../meter.ts'
import { trip } from './trip.ts'

const IS_FILED = "state IN ('written', 'done')"

const TOTALS = `
  SELECT shard, count(*) AS files, sum(rows) AS rows FROM manifest WHERE ${IS_FILED}
  GROUP BY shard ORDER BY shard`

const AFTER = `
  SELECT shard, from_seq AS fromSeq, to_seq AS toSeq, path, first_row AS firstRow, rows FROM manifest
  WHERE shard = ?1 AND from_seq > ?2 AND ${IS_FILED} ORDER BY from_seq LIMIT 1`

export const d1FiledLog = (db: D1Database, meter: Meter): FiledLog => ({
  async totals() {
    const statement = db.prepare(TOTALS)
    const { results } = await trip(meter, () =>
      statement.all<{ shard: string; files: number; rows: number }>(),
    )
    return results
  },
  after: (shard, afterSeq) =>
    trip(meter, () => db.prepare(AFTER).bind(shard, afterSeq).first<FiledBatch>()),
})
