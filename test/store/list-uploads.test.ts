/** What D1 reads to tell of every list, and lists that were there before it kept count. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { d1ListUploads } from '../../worker/store/d1/list-uploads.ts'

const db = env.DB
const LISTS = ['gold', 'press', 'vip']

/** Rows that SELECTs read. */
function counting(target: D1Database) {
  const seen = { rowsRead: 0 }
  const counted = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(of, name) {
        if (name === 'bind') return (...values: unknown[]) => counted(of.bind(...values))
        if (name !== 'all') return Reflect.get(of, name).bind(of)
        return async () => {
          const result = await of.all()
          seen.rowsRead += result.meta.rows_read
          return result
        }
      },
    })
  const proxy = new Proxy(target, {
    get(of, name) {
      if (name !== 'prepare') return Reflect.get(of, name).bind(of)
      return (query: string) => counted(of.prepare(query))
    },
  })
  return { proxy, seen }
}

const fill = async (uploads: number, from = 0) => {
  const lists = d1ListUploads(db, { trips: 0 })
  for (let i = from; i < from + uploads; i++) {
    for (const list of LISTS) {
      const id = `${list}-${String(i).padStart(4, '0')}`
      await lists.begin({ id, list, mode: 'add', startedMs: 1000 + i, finishedMs: null })
    }
  }
}

beforeEach(async () => {
  await db.batch([db.prepare('DELETE FROM list_upload'), db.prepare('DELETE FROM static_list')])
})

it('reads two rows a list, however many uploads there were, in one trip', async () => {
  const cost = async () => {
    const meter = { trips: 0 }
    const { proxy, seen } = counting(db)
    const told = await d1ListUploads(proxy, meter).newest(null, 200)
    return { told: told.map(({ list, id, uploads }) => [list, id, uploads]), meter, ...seen }
  }
  await fill(2)
  const few = await cost()
  await fill(100, 2)
  const many = await cost()
  expect(many.told).toEqual(LISTS.map((list) => [list, `${list}-0101`, 102]))
  expect(many.meter.trips).toBe(1)
  expect(few.rowsRead).toBeGreaterThan(0)
  expect(many.rowsRead).toBe(few.rowsRead)
  expect(many.rowsRead).toBeLessThanOrEqual(2 * LISTS.length)
})

it('its migration counts the uploads that are there, and finds the newest of each list', async () => {
  await fill(3)
  const before = await d1ListUploads(db, { trips: 0 }).newest(null, 200)
  const { TEST_MIGRATIONS } = env
  const queries = TEST_MIGRATIONS.flatMap((migration) => migration.queries)
  const [backfill] = queries.filter((query) => query.includes('INSERT INTO `static_list`'))
  if (backfill === undefined) throw new Error('no migration fills static_list')
  await db.batch([db.prepare('DELETE FROM static_list'), db.prepare(backfill)])
  expect(before).toHaveLength(3)
  expect(await d1ListUploads(db, { trips: 0 }).newest(null, 200)).toEqual(before)
})
