/** Logged decisions of a policy and what came of them, out of the bucket's files. */
import type { LoggedDecision } from '../worker/core/learning/off-policy.ts'
import { MOST_SURVIVORS } from '../worker/core/decision/survivors.ts'
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
  /** Those of which the log of decisions tells what they were drawn from. */
  readonly listed: number
  /** All that anybody could have had, by these. */
  readonly offered: ReadonlySet<string>
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
    arg_min(propensity, timestamp) AS propensity,
    arg_min(decision, timestamp) AS decision, arg_min(decided_at, timestamp) AS decided_at
  FROM exposures
  WHERE kind = 'impression' AND policy = ${quoted(policy)} AND action IS NOT NULL
    AND exposure IS NOT NULL AND coalesce(position, 0) = 0
    -- Who was in an experiment over a policy that learns was not drawn for by its weights alone.
    AND (arm IS NULL OR NOT (
      SELECT coalesce(bool_or(model <> '0'), false) FROM exposures WHERE policy = ${quoted(policy)}))
  GROUP BY exposure
  HAVING seen_at < ${quoted(to)}::TIMESTAMPTZ
    ${from === null ? '' : `AND seen_at >= ${quoted(from)}::TIMESTAMPTZ`}`

/** What each draw was from. Under one id a question may have been decided several times. */
const drawnFrom = ({ policy }: Asked): string => `
  SELECT decision, timestamp AS decided_at, action, any_value(candidates::VARCHAR) AS candidates
  FROM decisions WHERE policy = ${quoted(policy)} AND reason = 'learned'
  GROUP BY decision, timestamp, action`

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
    WITH shown AS (${shownIn(asked)}), earned AS (${earned}), drawn AS (${drawnFrom(asked)})
    SELECT leaf, action, propensity, coalesce(reward, 0.0)::DOUBLE AS reward,
      coalesce(person, exposure) AS person, epoch_ms(seen_at)::DOUBLE AS seen_ms, candidates
    FROM shown LEFT JOIN earned USING (exposure) LEFT JOIN drawn USING (decision, decided_at, action)
    ORDER BY seen_at DESC, exposure LIMIT ${MOST + 1}`)
  const log: LoggedDecision[] = []
  const lists = new Map<string, readonly string[] | null>()
  let [read, unusable, listed, firstMs, lastMs] = [0, 0, 0, Infinity, -Infinity]
  for await (const rows of result.yieldRowsJson()) {
    for (const row of rows) {
      if (++read > MOST) break
      const [context, action, propensity, reward, person, seenMs, told] = row as [
        string,
        string,
        number | null,
        number,
        string,
        number,
        string | null,
      ]
      if (propensity === null || !isPropensity(propensity)) {
        unusable++
        continue
      }
      const candidates = told === null ? null : listOf(told, lists)
      const isListed = candidates?.includes(action) === true
      if (isListed) listed++
      log.push({ context, action, propensity, reward, person, ...(isListed && { candidates }) })
      firstMs = Math.min(firstMs, seenMs)
      lastMs = Math.max(lastMs, seenMs)
    }
    progress?.(Math.min(read, MOST))
  }
  const span =
    log.length === 0
      ? null
      : ([new Date(firstMs).toISOString(), new Date(lastMs).toISOString()] as const)
  const offered = new Set([...lists.values()].flatMap((list) => list ?? []))
  return { log, unusable, listed, offered, cut: read > MOST, span }
}

/** Equal lists are one; null for what may have been longer, or is none. */
function listOf(
  told: string,
  lists: Map<string, readonly string[] | null>,
): readonly string[] | null {
  const standing = lists.get(told)
  if (standing !== undefined) return standing
  const parsed: unknown = JSON.parse(told)
  const isWhole =
    Array.isArray(parsed) &&
    parsed.length < MOST_SURVIVORS &&
    parsed.every((action) => typeof action === 'string')
  const list = isWhole ? parsed : null
  lists.set(told, list)
  return list
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
