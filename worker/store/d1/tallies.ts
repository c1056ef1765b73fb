/**
 * Tallies on D1. A batch is one batch(), and so one transaction: the first
 * statement takes the batch under a token of this call, and the others act only
 * where it did. A repeat, after an answer that got lost, finds it taken.
 */
import type { TallyRow } from '../../core/experiment/tally.ts'
import type { ChoiceRow, ExperimentRow, Totals } from '../../core/learning/totals.ts'
import type { ChoiceTally, Tallies } from '../../flow/learning-ports.ts'
import type { Meter } from '../meter.ts'
import { trip } from './trip.ts'

/** ?1 batch, ?2 token, ?3 now */
const TAKE = `
  INSERT INTO tallied_batch (batch_id, token, at_ms) VALUES (?1, ?2, ?3)
  ON CONFLICT (batch_id) DO NOTHING`
const IS_OURS = `EXISTS (SELECT 1 FROM tallied_batch WHERE batch_id = ?1 AND token = ?2)`

/** ?1 batch, ?2 token, ?3 [[what, policy, arm, action, leaf]] */
const CHOSEN = `
  INSERT INTO choice (what, policy, arm, action, leaf)
  SELECT e.value->>0, e.value->>1, e.value->>2, e.value->>3, e.value->>4
  FROM json_each(?3) e WHERE ${IS_OURS}
  ON CONFLICT (what) DO NOTHING`

const CHOICE_COUNTS = ['impressions', 'clicks', 'rewarded', 'rewards', 'micro', 'squares'] as const
const EXPERIMENT_COUNTS = [
  'people',
  'crossed',
  'exposures',
  'converted',
  'conversions',
  'micro',
  'squares',
] as const

/** ?1 batch, ?2 token, ?3 rows as lists: keys, then counts. Sums of money are text: they may pass 2^53. */
function addTo(table: string, keys: readonly string[], counts: readonly string[]): string {
  const columns = [...keys, ...counts]
  const values = columns.map((name, i) =>
    name === 'micro' ? `CAST(e.value->>${i} AS INTEGER)` : `e.value->>${i}`,
  )
  return `
  INSERT INTO ${table} (${columns.join(', ')})
  SELECT ${values.join(', ')} FROM json_each(?3) e WHERE ${IS_OURS}
  ON CONFLICT (${keys.join(', ')}) DO UPDATE
  SET ${counts.map((name) => `${name} = ${table}.${name} + excluded.${name}`).join(', ')}`
}
const CHOICE_KEYS = ['what', 'model', 'goal', 'currency', 'hour'] as const
const CHOICES = addTo('choice_tally', CHOICE_KEYS, CHOICE_COUNTS)
const EXPERIMENT_KEYS = ['experiment', 'arm', 'hour', 'goal', 'currency'] as const
const EXPERIMENTS = addTo('experiment_tally', EXPERIMENT_KEYS, EXPERIMENT_COUNTS)

/** ?1 experiment, ?2 hour */
const READ = `
  SELECT experiment, arm, CASE WHEN hour < ?2 THEN -1 ELSE hour END AS cohort, goal, currency,
    sum(people) AS people, sum(crossed) AS crossed, sum(exposures) AS exposures,
    sum(converted) AS converted, sum(conversions) AS conversions,
    CAST(sum(micro) AS REAL) AS micro, sum(squares) AS squares
  FROM experiment_tally WHERE experiment = ?1
  GROUP BY arm, cohort, goal, currency`

/** ?1 policies, ?2 since, ?3 by the hour from here on */
const READ_CHOICES = `
  SELECT c.policy, c.action, c.leaf, t.goal, t.currency,
    CASE WHEN t.hour >= ?3 THEN t.hour ELSE t.hour / 24 * 24 END AS cohort,
    sum(t.impressions) AS impressions, sum(t.clicks) AS clicks, sum(t.rewarded) AS rewarded,
    CAST(sum(t.micro) AS REAL) AS micro, sum(t.squares) AS squares
  FROM choice c JOIN choice_tally t ON t.what = c.what
  WHERE c.policy IN (SELECT value FROM json_each(?1)) AND t.hour >= ?2
  GROUP BY c.policy, c.action, c.leaf, t.goal, t.currency, cohort`

/** A batch may come again for as long as its file is among the dead letters; nobody leaves them there so long. */
const REMEMBERED_MS = 400 * 86_400_000
/** ?1 time */
const FORGET = 'DELETE FROM tallied_batch WHERE at_ms < ?1'

/** A bound value holds two million bytes. */
const ROWS_A_STATEMENT = 4000

export function d1Tallies(db: D1Database, meter: Meter = { trips: 0 }): Tallies {
  return {
    async add(batchId, { chosen, choices, experiments }: Totals, nowMs) {
      const token = crypto.randomUUID()
      const lists = (sql: string, rows: readonly unknown[][]): D1PreparedStatement[] =>
        Array.from({ length: Math.ceil(rows.length / ROWS_A_STATEMENT) }, (_, i) => {
          const part = rows.slice(i * ROWS_A_STATEMENT, (i + 1) * ROWS_A_STATEMENT)
          return db.prepare(sql).bind(batchId, token, JSON.stringify(part))
        })
      const statements = [
        db.prepare(TAKE).bind(batchId, token, nowMs),
        ...lists(
          CHOSEN,
          [...chosen].map(([what, { policy, arm, action, leaf }]) => [
            what,
            policy,
            arm,
            action,
            leaf,
          ]),
        ),
        ...lists(CHOICES, choices.map(choiceList)),
        ...lists(EXPERIMENTS, experiments.map(experimentList)),
        db.prepare(FORGET).bind(nowMs - REMEMBERED_MS),
      ]
      const [taken] = await trip(meter, () => db.batch(statements))
      return taken?.meta.changes === 1
    },

    async experiment(experiment, openFromHour) {
      const { results } = await trip(meter, () =>
        db
          .prepare(READ)
          .bind(experiment, openFromHour)
          .all<Omit<TallyRow, 'hour'> & { readonly cohort: number }>(),
      )
      return results.map(({ cohort, ...row }) => ({ ...row, hour: cohort }))
    },

    async choices(policies, sinceHour, hourlyFrom) {
      const { results } = await trip(meter, () =>
        db
          .prepare(READ_CHOICES)
          .bind(JSON.stringify(policies), sinceHour, hourlyFrom)
          .all<Omit<ChoiceTally, 'hour'> & { readonly cohort: number }>(),
      )
      return results.map(({ cohort, ...row }) => ({ ...row, hour: cohort }))
    },
  }
}

const choiceList = (row: ChoiceRow): unknown[] =>
  [...CHOICE_KEYS, ...CHOICE_COUNTS].map((name) => plain(row[name]))
const experimentList = (row: ExperimentRow): unknown[] =>
  [...EXPERIMENT_KEYS, ...EXPERIMENT_COUNTS].map((name) => plain(row[name]))
const plain = (value: string | number | bigint): string | number =>
  typeof value === 'bigint' ? String(value) : value
