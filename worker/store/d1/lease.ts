/** Leases on D1: one row a name, and a fence that every change of hands raises. */
import type { Lease, Leases, LeaseState } from '../../warehouse/ports.ts'

/**
 * Guards a statement by the lease whose name and fence are bound as these two
 * parameters. Each statement checks for itself: D1 runs them one at a time, so
 * nothing comes between the check and the write.
 */
export const holdsLease = (name: string, fence: string): string =>
  `EXISTS (SELECT 1 FROM lease WHERE name = ${name} AND fence = ${fence})`

/** One that reaches twice as far as it would now was taken by a clock that has been put right since. */
const ACQUIRE = `
  INSERT INTO lease (name, fence, holder, until_ms) VALUES (?1, 1, ?2, ?4)
  ON CONFLICT (name) DO UPDATE
    SET fence = lease.fence + 1, holder = excluded.holder, until_ms = excluded.until_ms
    WHERE lease.until_ms <= ?3 OR lease.until_ms > ?4 + (?4 - ?3)
  RETURNING fence`
const EXTEND = 'UPDATE lease SET until_ms = ?3 WHERE name = ?1 AND fence = ?2'
const READ = 'SELECT name, fence, holder, until_ms AS untilMs FROM lease WHERE name = ?1'

export function d1Leases(db: D1Database): Leases {
  const extend = async ({ name, fence }: Lease, untilMs: number): Promise<boolean> => {
    const { meta } = await db.prepare(EXTEND).bind(name, fence, untilMs).run()
    return meta.changes === 1
  }
  return {
    async acquire(name, holder, nowMs, untilMs) {
      const statement = db.prepare(ACQUIRE).bind(name, holder, nowMs, untilMs)
      const row = await statement.first<{ fence: number }>()
      return row === null ? null : { name, fence: row.fence }
    },
    renew: extend,
    async release(lease) {
      await extend(lease, 0)
    },
    read(name) {
      return db.prepare(READ).bind(name).first<LeaseState>()
    },
  }
}
