/** The log of batches on D1, as replay follows it: what is durable, oldest first. */
import type { FiledBatch, FiledLog } from '../../flow/replay-ports.ts'
import { PROFILES_SHARD } from '../../warehouse/snapshot-ports.ts'
import type { Meter } from '../meter.ts'
import { trip } from './trip.ts'

const IS_FILED = "state IN ('written', 'done')"

const TOTALS = `
  SELECT shard, count(*) AS files, sum(rows) AS rows FROM manifest
  WHERE ${IS_FILED} AND shard <> '${PROFILES_SHARD}'
  GROUP BY shard ORDER BY shard`

const AFTER = `
  SELECT shard, from_seq AS fromSeq, to_seq AS toSeq, path, first_row AS firstRow, rows FROM manifest
  WHERE shard = ?1 AND from_seq > ?2 AND ${IS_FILED} ORDER BY from_seq LIMIT 1`

/**
 * The last batch of an hour that was over an hour before: hours may alternate
 * in commit order where one begins. From the newest back, since what is looked
 * for is mostly recent.
 */
const BEFORE = `
  SELECT to_seq AS afterSeq FROM manifest
  WHERE shard = ?1 AND hour_ms < ?2 - 7200000 AND ${IS_FILED} ORDER BY from_seq DESC LIMIT 1`

const COUNT = `SELECT count(*) AS files FROM manifest WHERE shard = ?1 AND from_seq > ?2 AND ${IS_FILED}`

const PATHS = `SELECT DISTINCT path FROM manifest WHERE hour_ms BETWEEN ?1 AND ?2 AND ${IS_FILED}`

export const d1FiledLog = (db: D1Database, meter: Meter): FiledLog => ({
  async totals() {
    const statement = db.prepare(TOTALS)
    const { results } = await trip(meter, () =>
      statement.all<{ shard: string; files: number; rows: number }>(),
    )
    return results
  },
  async from(shard, arrivedMs) {
    const before = db.prepare(BEFORE).bind(shard, arrivedMs)
    const found = await trip(meter, () => before.first<{ afterSeq: number }>())
    const afterSeq = found?.afterSeq ?? 0
    const count = db.prepare(COUNT).bind(shard, afterSeq)
    return { afterSeq, files: (await trip(meter, () => count.first<number>('files'))) ?? 0 }
  },
  async pathsWithin(fromHourMs, toHourMs) {
    const statement = db.prepare(PATHS).bind(fromHourMs, toHourMs)
    const { results } = await trip(meter, () => statement.all<{ path: string }>())
    return results.map(({ path }) => path)
  },
  after: (shard, afterSeq) =>
    trip(meter, () => db.prepare(AFTER).bind(shard, afterSeq).first<FiledBatch>()),
})
