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
})
