/** Logged decisions of a policy and what came of them, out of the bucket's files. */
import type { LoggedDecision } from '../worker/core/learning/off-policy.ts'
import { isPropensity } from '../worker/core/learning/off-policy.ts'
import type { Lake } from './lake.ts'

export interface Asked {
  readonly policy: string
  readonly goal: string
  readonly by: 'rate' | 'value'
  /** Of the money; null by rate. */
  readonly currency: string | null
  /** ISO 8601: seen at or after it, and before it. */
  readonly from: string | null
  readonly to: string
}

export interface ReadLog {
  readonly log: readonly LoggedDecision[]
  /** Decisions whose propensity is none: left out. */
  readonly unusable: number
  /** Older ones were left out, since there are too many. */
  readonly cut: boolean
  /** Of those that are in: when the first and the last were seen, as ISO 8601; null without any. */
  readonly span: readonly [first: string, last: string] | null
}

/** So many fit into memory. */
export const MOST = 1_000_000

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

const shownIn = ({ policy, from, to }: Asked): string => `
  SELECT exposure, min(timestamp) AS seen_at, arg_min(person_id, timestamp) AS person,
    arg_min(coalesce(leaf, ''), timestamp) AS leaf, arg_min(action, timestamp) AS action,
    arg_min(propensity, timestamp) AS propensity
  FROM exposures
  WHERE kind = 'impression' AND policy = ${quoted(policy)} AND action IS NOT NULL
    AND exposure IS NOT NULL AND coalesce(position, 0) = 0
    -- Who was in an experiment over a policy that learns was not drawn for by its weights alone.
    AND (arm IS NULL OR NOT (
      SELECT coalesce(bool_or(model <> '0'), false) FROM exposures WHERE policy = ${quoted(policy)}))
  GROUP BY exposure
  HAVING seen_at < ${quoted(to)}::TIMESTAMPTZ
    ${from === null ? '' : `AND seen_at >= ${quoted(from)}::TIMESTAMPTZ`}`

/** Only the first place of a list: the shares of a policy are of what it draws first. */
export async function readLog(
  lake: Lake,
  asked: Asked,
  progress?: (decisions: number) => void,
): Promise<ReadLog> {
  const { goal, by, currency } = asked
  const earned =
    by === 'rate'
      ? `SELECT exposure, 1.0 AS reward FROM rewards
         WHERE goal = ${quoted(goal)} AND is_first GROUP BY exposure`
      : `SELECT exposure, sum(value) AS reward FROM rewards
         WHERE goal = ${quoted(goal)} AND currency = ${quoted(currency ?? '')} GROUP BY exposure`
  const result = await lake.ask(`
    WITH shown AS (${shownIn(asked)}), earned AS (${earned})
    SELECT leaf, action, propensity, coalesce(reward, 0.0)::DOUBLE AS reward,
      coalesce(person, exposure) AS person, epoch_ms(seen_at)::DOUBLE AS seen_ms
    FROM shown LEFT JOIN earned USING (exposure)
    ORDER BY seen_at DESC, exposure LIMIT ${MOST + 1}`)
  const log: LoggedDecision[] = []
  let [read, unusable, firstMs, lastMs] = [0, 0, Infinity, -Infinity]
  for await (const rows of result.yieldRowsJson()) {
    for (const row of rows) {
      if (++read > MOST) break
      const [context, action, propensity, reward, person, seenMs] = row as [
        string,
        string,
        number | null,
        number,
        string,
        number,
      ]
      if (propensity === null || !isPropensity(propensity)) {
        unusable++
        continue
      }
      log.push({ context, action, propensity, reward, person })
      firstMs = Math.min(firstMs, seenMs)
      lastMs = Math.max(lastMs, seenMs)
    }
    progress?.(Math.min(read, MOST))
  }
  const span =
    log.length === 0
      ? null
      : ([new Date(firstMs).toISOString(), new Date(lastMs).toISOString()] as const)
  return { log, unusable, cut: read > MOST, span }
}

export interface Inventory {
  /** Policies with decisions that were seen, and how many. */
  readonly policies: readonly (readonly [policy: string, decisions: number])[]
  /** Goals that rewarded decisions of the policy, their currencies, and how many rewards. */
  readonly goals: readonly (readonly [
    goal: string,
    currencies: readonly string[],
    rewards: number,
  ])[]
}

/** What can be asked about. */
export async function inventory(lake: Lake, policy: string): Promise<Inventory> {
  const policies = await rowsOf(
    lake,
    `SELECT policy, count(DISTINCT exposure)::DOUBLE AS n FROM exposures
     WHERE kind = 'impression' AND policy IS NOT NULL AND action IS NOT NULL
     GROUP BY ALL ORDER BY n DESC, policy`,
  )
  const goals = await rowsOf(
    lake,
    `SELECT goal, list(DISTINCT currency ORDER BY currency) FILTER (currency IS NOT NULL),
       count(*)::DOUBLE AS n
     FROM rewards WHERE exposure IN (
       SELECT exposure FROM exposures WHERE kind = 'impression' AND policy = ${quoted(policy)})
     GROUP BY goal ORDER BY n DESC, goal`,
  )
  return {
    policies: policies.map(([key, n]) => [String(key), Number(n)] as const),
    goals: goals.map(([goal, currencies, n]) => [
      String(goal),
      Array.isArray(currencies) ? currencies.map(String) : [],
      Number(n),
    ]),
  }
}

async function rowsOf(lake: Lake, sql: string): Promise<unknown[][]> {
  const all: unknown[][] = []
  for await (const rows of (await lake.ask(sql)).yieldRowsJson()) all.push(...rows)
  return all
}
