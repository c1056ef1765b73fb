/** The PostgreSQL sink inside workerd, through Hyperdrive's binding, on a real server. */
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../worker/contract/message.ts'
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
      { version: 3 },
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
  test('get the view of decisions that reads a record a question, over the one before it', async () => {
    const take = async (id: string, properties: JsonObject): Promise<void> => {
      const one = sink('views')
      const decision = record(id, { type: '$decision', properties })
      expect(await one.apply(await batchOf([decision]))).toBe('applied')
      await one.close()
    }
    await take('before', { decision: 'd1', placement: 'hero', action: 'knit', actions: ['knit'] })
    await postgres.query('DROP VIEW views.decisions')
    await postgres.query(DECISIONS_OF_STEP_2)
    await postgres.query('CREATE VIEW views.mine AS SELECT placement, action FROM views.decisions')
    await postgres.query('DELETE FROM views.tsugi_schema WHERE version > 2')
    const decisions = ['hero', 'row'].map((placement) => ({ placement, action: 'wool' }))
    await take('after', { question: 'q:', decisions })
    expect(await postgres.query('SELECT * FROM views.mine ORDER BY action, placement')).toEqual([
      { placement: 'hero', action: 'knit' },
      { placement: 'hero', action: 'wool' },
      { placement: 'row', action: 'wool' },
    ])
  })
})

const DECISIONS_OF_STEP_2 = `
CREATE VIEW views.decisions AS
SELECT message_id, timestamp, received_at, profile_id, person_id, (properties->>'decision') AS decision, (properties->>'placement') AS placement,
  (properties->>'policy') AS policy, (properties->>'action') AS action, (properties->>'reason') AS reason,
  (properties->>'arm') AS arm, (properties->>'propensity')::double precision AS propensity, (properties->>'model') AS model,
  (properties->>'leaf') AS leaf, epoch AS decided_epoch, properties->'candidates' AS candidates,
  properties->'actions' AS actions, properties->'instead' AS instead,
  properties->'experiments' AS experiments, (properties->>'replayable')::boolean AS is_replayable,
  source, outbox_seq
FROM views.person_events WHERE type LIKE '$%' AND type = '$decision'`
