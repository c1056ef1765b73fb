/** The views say the same of the same records in DuckDB and in PostgreSQL, and what the core says. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../../scripts/build/root.ts'
import { VIEWS_FILE, viewsText } from '../../scripts/warehouse-views.ts'
import { createViews, warehouseViews } from '../../worker/contract/warehouse-views.ts'
import { identityMap } from '../../worker/core/identity/identity-map.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { postgresSink } from '../../worker/warehouse/postgres/postgres-sink.ts'
import { freePorts } from '../support/postgres/free-ports.ts'
import { startPostgresServer, type PostgresServer } from '../support/postgres/server.ts'
import { lakeOf, type Lake } from './lake.ts'

const START_MS = Date.UTC(2026, 2, 1, 9)
let server: PostgresServer
let client: pg.Client
let schemas = 0

beforeAll(async () => {
  const [port] = await freePorts(1)
  server = await startPostgresServer(port as number)
  client = new pg.Client({ connectionString: server.url })
  await client.connect()
})
afterAll(async () => {
  await client?.end()
  await server?.remove()
})

interface Both extends Lake {
  /** The same of PostgreSQL. */
  asked(sql: string): Promise<unknown[][]>
}

async function bothOf(records: readonly EventRecord[]): Promise<Both> {
  const lake = await lakeOf(records)
  const schema = `views_${++schemas}`
  const sink = postgresSink({ name: 'pg', connectionString: server.url, schema })
  for (const batch of lake.batches) await sink.apply(batch)
  await sink.close()
  return {
    ...lake,
    async asked(sql) {
      await client.query(`SET search_path = ${schema}; SET timezone = 'UTC'`)
      const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' })
      return rows
    },
  }
}

const record = (n: number, over: Partial<EventRecord>): EventRecord => ({
  type: 'track',
  event: 'E',
  messageId: `m${n}`,
  source: 'shop',
  profileId: 'p1',
  epoch: 2,
  timestampMs: START_MS + n,
  receivedAtMs: START_MS + n,
  originalTimestampMs: null,
  sentAtMs: null,
  ...over,
})

const shown = (event: string, n: number, over: object = {}): EventRecord =>
  record(n, {
    event,
    messageId: `${event.slice(1)}:d${n}`,
    properties: {
      decisionId: 'sealed',
      decision: `d${n}`,
      exposure: `x${n}`,
      placement: 'hero',
      policy: 'spring',
      action: 'knit',
      arm: 'b',
      position: 0,
      propensity: 0.25,
      epoch: 2,
      atMs: START_MS + 123,
      experiments: { 'hero-test': 'b' },
      ...over,
    },
  })

test('docs/warehouse-views.sql is what the worker has: node scripts/warehouse-views.ts makes it', async () => {
  expect(await readFile(join(ROOT, VIEWS_FILE), 'utf8')).toBe(viewsText())
})

test('views that change have a further step in worker/warehouse/postgres/migrations.ts: tables that are there keep the old ones', () => {
  const digest = createHash('sha256').update(createViews('postgres').join(';\n')).digest('hex')
  expect(digest.slice(0, 16)).toBe('0e498172be67bf20')
})

describe('each table', () => {
  const records: EventRecord[] = [
    record(0, {}),
    shown('$impression', 1),
    shown('$click', 2, { model: 7, policy: null, arm: null, action: null, experiments: null }),
    { ...shown('$impression', 3), late: true },
    { ...shown('$click', 9), preview: true },
    shown('$served', 4),
    record(5, {
      type: '$reward',
      messageId: '$reward:1',
      properties: {
        goal: 'order',
        exposure: 'x1',
        what: 'w',
        first: true,
        refund: false,
        value: 129.5,
        currency: 'JPY',
        micro: 129_500_000,
        squares: 1,
        exposedMs: START_MS + 1,
        decidedMs: START_MS + 123,
        impressionMs: null,
        clickMs: null,
        propensity: 0.25,
        model: 7,
        decidedEpoch: 2,
      },
    }),
    record(6, {
      type: '$segment',
      messageId: '$segment:p1:3:vip',
      source: 'tsugi',
      properties: { segment: 'vip', segmentVersion: 'v', change: 'entered', why: 'event' },
    }),
    {
      ...record(7, { messageId: '$forget:1', properties: { why: 'asked' } }),
      type: '$forget',
    } as unknown as EventRecord,
    {
      ...record(8, {
        messageId: '$decision:1',
        properties: {
          decision: 'd1',
          placement: 'hero',
          policy: 'spring',
          action: 'knit',
          actions: ['knit', 'wool'],
          reason: 'chosen',
          arm: null,
          propensity: 0.25,
          model: 0,
          leaf: '',
          candidates: ['knit', 'linen'],
          experiments: null,
          line: { answers: [] },
          replayable: true,
        },
      }),
      type: '$decision',
    } as unknown as EventRecord,
    record(10, {
      type: '$decision',
      messageId: '$decision:q2:@1',
      properties: {
        question: 'q2:',
        decisions: [
          { placement: 'hero', reason: 'priority', policy: 'spring', action: 'knit' },
          {
            placement: 'row',
            reason: 'bandit',
            policy: 'spring',
            action: 'wool',
            actions: ['wool', 'linen'],
            candidates: ['linen', 'wool', 'silk'],
            propensity: 0.5,
            arm: 'b',
            model: 7,
            leaf: 'ja',
            experiments: { x: 'b' },
          },
          { placement: 'none', reason: 'no_policy_matched' },
          { placement: 'held', reason: 'holdout', candidates: ['knit'], instead: ['knit'] },
        ],
        line: { v: 2, splitKey: 's', order: '' },
      },
    }),
    record(11, {
      type: '$decision',
      messageId: '$decision:q3:@1',
      properties: {
        question: 'q3:',
        decisions: [{ placement: 'hero', reason: 'stopped' }],
        replayable: false,
      },
    }),
  ]
  let both: Both
  beforeAll(async () => {
    both = await bothOf(records)
  })
  afterAll(() => both?.close())

  const cases: [table: string, sql: string, rows: unknown[][]][] = [
    [
      'exposures',
      `SELECT kind, decision, exposure, placement, policy, action, arm, position, propensity, model,
         decided_epoch, (experiments->>'hero-test') FROM exposures ORDER BY outbox_seq`,
      [
        ['impression', 'd1', 'x1', 'hero', 'spring', 'knit', 'b', 0, 0.25, null, 2, 'b'],
        ['click', 'd2', 'x2', 'hero', null, null, null, 0, 0.25, '7', 2, null],
        ['served', 'd4', 'x4', 'hero', 'spring', 'knit', 'b', 0, 0.25, null, 2, 'b'],
      ],
    ],
    [
      'exposures: decided_at',
      `SELECT extract(epoch FROM decided_at) * 1000 = ${START_MS + 123} FROM exposures`,
      [[true], [true], [true]],
    ],
    [
      'rewards',
      `SELECT goal, exposure, value, currency, is_first, is_refund, propensity, model, decided_epoch FROM rewards`,
      [['order', 'x1', 129.5, 'JPY', true, false, 0.25, '7', 2]],
    ],
    [
      'segment_changes',
      `SELECT profile_id, segment, change, why, segment_version, is_exact FROM segment_changes`,
      [['p1', 'vip', 'entered', 'event', 'v', true]],
    ],
    ['deletions', `SELECT message_id, profile_id FROM deletions`, [['$forget:1', 'p1']]],
    [
      'decisions, a record a placement and a record a question',
      `SELECT decision, placement, policy, action, reason, is_replayable
         FROM decisions ORDER BY outbox_seq, placement`,
      [
        ['d1', 'hero', 'spring', 'knit', 'chosen', true],
        ['q2::held:0', 'held', null, null, 'holdout', true],
        ['q2::hero:0', 'hero', 'spring', 'knit', 'priority', true],
        ['q2::none:0', 'none', null, null, 'no_policy_matched', true],
        ['q2::row:0', 'row', 'spring', 'wool', 'bandit', true],
        ['q3::hero:0', 'hero', null, null, 'stopped', false],
      ],
    ],
    [
      'decisions: how it was drawn, the usual too',
      `SELECT arm, propensity, model, leaf, (experiments->>'x'), decided_epoch
         FROM decisions ORDER BY outbox_seq, placement`,
      [
        [null, 0.25, '0', '', null, 2],
        [null, null, '0', '', null, 2],
        [null, 1, '0', '', null, 2],
        [null, null, '0', '', null, 2],
        ['b', 0.5, '7', 'ja', 'b', 2],
        [null, null, '0', '', null, 2],
      ],
    ],
    [
      'decisions: their lists',
      `SELECT (candidates->>0), (candidates->>1), (actions->>0), (actions->>1), (instead->>0)
         FROM decisions ORDER BY outbox_seq, placement`,
      [
        ['knit', 'linen', 'knit', 'wool', null],
        ['knit', null, null, null, 'knit'],
        ['knit', null, 'knit', null, null],
        [null, null, null, null, null],
        ['linen', 'wool', 'wool', 'linen', null],
        [null, null, null, null, null],
      ],
    ],
    [
      'decisions: candidates and actions are lists, be there none',
      `SELECT count(*)::integer FROM decisions WHERE candidates IS NOT NULL AND actions IS NOT NULL`,
      [[6]],
    ],
    ['person_events', `SELECT count(*)::integer FROM person_events WHERE person_id = 'p1'`, [[10]]],
    ['persons', `SELECT * FROM persons`, []],
  ]
  test.each(cases)('%s', async (_, sql, rows) => {
    expect(await both.query(sql)).toEqual(rows)
    expect(await both.asked(sql)).toEqual(rows)
  })

  test('all views have the same columns in both', async () => {
    for (const { name } of warehouseViews('duckdb')) {
      const columns = async (ask: Both['query']): Promise<unknown[]> =>
        (
          await ask(
            `SELECT column_name FROM information_schema.columns
             WHERE table_name = '${name}' AND table_schema IN ('main', current_schema())
               AND column_name NOT IN ('dt', 'hour') ORDER BY ordinal_position`,
          )
        ).flat()
      const inDuckdb = await columns(both.query)
      expect(inDuckdb.length).toBeGreaterThan(1)
      expect(await columns(both.asked), name).toEqual(inDuckdb)
    }
  })
})

describe('who somebody is in the end', () => {
  /** Random merges and undone ones, as commits could write them, among events of everybody. */
  function logOf(choices: readonly number[]): EventRecord[] {
    const map = identityMap()
    const people = Array.from({ length: 7 }, (_, n) => `p${n}`)
    const records: EventRecord[] = []
    const add = (over: Partial<EventRecord>): void => {
      records.push(record(records.length, over))
      map.note(records.at(-1) as EventRecord)
    }
    for (const [i, choice] of choices.entries()) {
      const living = people.filter((id) => map.livingId(id) === id)
      const merged = people.filter((id) => map.livingId(id) !== id)
      const [a, b] = [living[choice % living.length], living[(choice >> 4) % living.length]]
      if (choice % 3 === 0 || a === undefined || b === undefined) {
        add({ profileId: living[choice % living.length] as string })
      } else if (choice % 3 === 1 && a !== b) {
        add({
          type: '$merge',
          messageId: `$merge:${i}`,
          profileId: a,
          properties: { survivor: a, absorbed: b, cause: `m${i}`, documents: [] },
        })
      } else if (merged.length > 0) {
        const leaves = merged[choice % merged.length] as string
        const stays = map.livingId(leaves)
        const along = merged.filter((id) => id !== leaves && map.pointer(id) === leaves)
        const theirs = records.filter(
          ({ profileId, type }) => profileId === stays && type === 'track',
        )
        add({
          type: '$unmerge',
          messageId: `$unmerge:${i}`,
          profileId: stays,
          properties: {
            merge: `$merge:${i}`,
            survivor: stays,
            absorbed: leaves,
            stays,
            leaves,
            along: Object.fromEntries(
              along.map((id, n) => [id, n % 2 === 0 ? stays : leaves] as const),
            ),
            moved: [
              {
                from: stays,
                to: leaves,
                records: theirs
                  .filter((_, n) => n % 2 === choice % 2)
                  .map(({ messageId, receivedAtMs }) => [messageId, receivedAtMs] as const),
              },
            ],
          },
        })
      }
    }
    return records
  }

  test('every record is whose the core says it is, in both', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(10_000), { minLength: 30, maxLength: 60, size: 'max' }),
        async (choices) => {
          const records = logOf(choices)
          if (records.length === 0) return
          const map = identityMap()
          for (const one of records) map.note(one)
          const both = await bothOf(records)
          const sql = `SELECT message_id, person_id FROM person_events ORDER BY outbox_seq, message_id`
          const expected = records.map((one) => [one.messageId, map.ownerOf(one)])
          try {
            expect(await both.query(sql)).toEqual(expected)
            expect(await both.asked(sql)).toEqual(expected)
          } finally {
            await both.close()
          }
        },
      ),
      { numRuns: 12 },
    )
  })

  test('such logs have merges, chains, undone merges and moved records', () => {
    const types = new Map<string, number>()
    let moved = 0
    for (const choices of fc.sample(
      fc.array(fc.nat(10_000), { minLength: 40, maxLength: 60, size: 'max' }),
      20,
    )) {
      for (const { type, properties } of logOf(choices)) {
        types.set(type, (types.get(type) ?? 0) + 1)
        if (type === '$unmerge') moved += JSON.stringify(properties?.['moved']).length > 60 ? 1 : 0
      }
    }
    expect(types.get('$merge')).toBeGreaterThan(40)
    expect(types.get('$unmerge')).toBeGreaterThan(10)
    expect(moved).toBeGreaterThan(3)
  })
})
