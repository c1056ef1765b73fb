/** The PostgreSQL sink inside workerd, through Hyperdrive's binding, on a real server. */
import { describe, expect, test } from 'vitest'
import { postgresSink } from '../../worker/warehouse/postgres/postgres-sink.ts'
import { openPostgres } from '../support/workerd/postgres.ts'
import { sinkContract } from './sink-contract.ts'
import { batchOf, record } from './warehouse.ts'

const postgres = await openPostgres()
const SCHEMA = 'contract "quoted"'
const sink = (schema = SCHEMA) =>
  postgresSink({ name: 'postgres', connectionString: postgres.connectionString, schema })

sinkContract('PostgreSQL', {
  open: () => sink(),
  rows: () => postgres.query(`SELECT * FROM "contract ""quoted""".events ORDER BY ctid`),
  people: () =>
    postgres.query(`SELECT *, day::text FROM "contract ""quoted""".profiles ORDER BY ctid`),
})

describe('the tables', () => {
  test('are made once, however many come first at once', async () => {
    const batches = await Promise.all([1, 2, 3, 4].map((n) => batchOf([record(`first-${n}`)])))
    const outcomes = await Promise.allSettled(
      batches.map(async (batch) => {
        const one = sink('at_once')
        const outcome = await one.apply(batch).catch(() => one.apply(batch))
        await one.close()
        return outcome
      }),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'))
    expect(await postgres.query('SELECT version FROM at_once.tsugi_schema')).toEqual([
      { version: 1 },
      { version: 2 },
    ])
    expect(await postgres.query('SELECT count(*)::int AS n FROM at_once.events')).toEqual([
      { n: 4 },
    ])
  })

  test('of an older release are brought up to date, and keep what is in them', async () => {
    const take = async (id: string): Promise<void> => {
      const one = sink('older')
      expect(await one.apply(await batchOf([record(id, { preview: true })]))).toBe('applied')
      await one.close()
    }
    await take('before')
    await postgres.query('DROP TABLE older.profiles CASCADE')
    await postgres.query('DROP VIEW older.persons CASCADE')
    await postgres.query('ALTER TABLE older.events DROP COLUMN preview CASCADE')
    await postgres.query('DELETE FROM older.tsugi_schema WHERE version > 1')
    await postgres.query('ALTER TABLE older.events ADD COLUMN mine text')
    await take('after')
    expect(
      await postgres.query('SELECT message_id, preview FROM older.events ORDER BY message_id'),
    ).toEqual([
      { message_id: 'after', preview: true },
      { message_id: 'before', preview: null },
    ])
    expect(await postgres.query('SELECT count(*)::int AS n FROM older.current_profiles')).toEqual([
      { n: 0 },
    ])
    expect(await postgres.query('SELECT message_id FROM older.person_events')).toEqual([
      { message_id: 'before' },
    ])
  })
})
