/**
 * Tables of the warehouse that are read out of the events: one SQL for DuckDB
 * over the files and for PostgreSQL. Columns are only ever added at the end.
 * Prose: docs/warehouse.md#tables
 */

export type Dialect = 'duckdb' | 'postgres'

export interface WarehouseView {
  readonly name: string
  /** A SELECT over `events`, `profiles` and the views before it. */
  readonly sql: string
}

/** Where the two say the same differently. */
interface Words {
  /** Rows (key, value) of a JSON object, as a FROM item called `name`. */
  readonly each: (json: string, name: string) => string
  /** Rows (value) of a JSON array. */
  readonly elements: (json: string, name: string) => string
  /** A JSON array of what it is given. */
  readonly array: (item: string) => string
  /** The text of a JSON value. */
  readonly text: (json: string) => string
  /** Milliseconds since 1970, as text, to the millisecond: by way of seconds it would be rounded. */
  readonly instant: (ms: string) => string
}

const WORDS: { readonly [dialect in Dialect]: Words } = {
  duckdb: {
    each: (json, name) => `json_each(${json}) AS ${name}`,
    elements: (json, name) => `json_each(${json}) AS ${name}`,
    array: (item) => `json_array(${item})`,
    text: (json) => `(${json}->>'$')`,
    instant: (ms) => `make_timestamptz(${ms}::bigint * 1000)`,
  },
  postgres: {
    each: (json, name) => `jsonb_each(${json}) AS ${name}(key, value)`,
    elements: (json, name) => `jsonb_array_elements(${json}) AS ${name}(value)`,
    array: (item) => `jsonb_build_array(${item})`,
    text: (json) => `(${json} #>> '{}')`,
    instant: (ms) => `(to_timestamp(0) + ${ms}::double precision * interval '1 millisecond')`,
  },
}

const property = (name: string): string => `(properties->>'${name}')`
const number = (name: string): string => `${property(name)}::double precision`

/** What each of our own records tells of itself, beside its own columns. */
const FRAME = 'message_id, timestamp, received_at, profile_id, person_id'
/** Our own records are little beside the events: PostgreSQL has an index of them. */
const ours = (type: string): string => `type LIKE '$%' AND type = '${type}'`

/** @param prefix before every name: "", or a schema with its dot */
export function warehouseViews(dialect: Dialect, prefix = ''): readonly WarehouseView[] {
  return [...identityViews(dialect, prefix), ...recordViews(dialect, prefix), peopleView(prefix)]
}

/** Whose a record is today: `identityMap()` of worker/core/identity/identity-map.ts, as SQL. */
function identityViews(dialect: Dialect, prefix: string): readonly WarehouseView[] {
  const { each, elements, text, instant } = WORDS[dialect]
  const events = `${prefix}events`
  // Apart, since what is unfolded beside it has columns of its own.
  const undone = `(SELECT properties, received_at, message_id, outbox_seq
  FROM ${events} WHERE ${ours('$unmerge')}) AS undone`
  return [
    {
      name: 'identity_map',
      sql: `
SELECT ${property('absorbed')} AS from_id, ${property('survivor')} AS to_id,
  received_at AS changed_at, 'merge' AS how, message_id, outbox_seq
FROM ${events} WHERE ${ours('$merge')}
UNION ALL
SELECT ${property('leaves')}, ${property('leaves')}, received_at, 'unmerge', message_id, outbox_seq
FROM ${events} WHERE ${ours('$unmerge')}
UNION ALL
SELECT along.key, ${text('along.value')}, received_at, 'unmerge', message_id, outbox_seq
FROM ${undone}, ${each(`undone.properties->'along'`, 'along')}`,
    },
    {
      name: 'identity_moves',
      sql: `
SELECT (moved.value->>'from') AS from_id, (moved.value->>'to') AS to_id,
  (record.value->>0) AS message_id, ${instant(`(record.value->>1)`)} AS received_at,
  outbox_seq
FROM ${undone}, ${elements(`undone.properties->'moved'`, 'moved')},
  ${elements(`moved.value->'records'`, 'record')}`,
    },
    {
      // The last word on each profile counts; then from one to the next until nobody points on.
      name: 'persons',
      sql: `
WITH RECURSIVE told AS (
  SELECT from_id, to_id, row_number() OVER (
    PARTITION BY from_id ORDER BY outbox_seq DESC, changed_at DESC, message_id DESC, how DESC) AS nth
  FROM ${prefix}identity_map
), pointers AS (
  SELECT from_id, to_id FROM told WHERE nth = 1 AND from_id <> to_id
), steps AS (
  SELECT from_id AS profile_id, to_id AS person_id, 1 AS step FROM pointers
  UNION ALL
  SELECT steps.profile_id, pointers.to_id, steps.step + 1
  FROM steps JOIN pointers ON pointers.from_id = steps.person_id WHERE steps.step < 1000
)
SELECT profile_id, person_id FROM steps
WHERE NOT EXISTS (SELECT 1 FROM pointers WHERE pointers.from_id = steps.person_id)`,
    },
    {
      // Files and tables from before previews have no value there.
      name: 'person_events',
      sql: `
SELECT coalesce(persons.person_id, moves.to_id, events.profile_id) AS person_id, events.*
FROM ${events} AS events
LEFT JOIN (
  SELECT from_id, message_id, received_at, to_id, row_number() OVER (
    PARTITION BY from_id, message_id, received_at ORDER BY outbox_seq DESC) AS nth
  FROM ${prefix}identity_moves
) AS moves ON moves.from_id = events.profile_id AND moves.message_id = events.message_id
  AND moves.received_at = events.received_at AND moves.nth = 1
LEFT JOIN ${prefix}persons AS persons
  ON persons.profile_id = coalesce(moves.to_id, events.profile_id)
WHERE NOT events.late AND events.preview IS NOT TRUE`,
    },
  ]
}

/**
 * One row a placement: a record is of a whole question, and was of a placement
 * once. What is usual is not written: docs/deciding.md#the-log.
 */
function decisionsView(dialect: Dialect, prefix: string): WarehouseView {
  const { array, elements } = WORDS[dialect]
  const own = (name: string): string => `(told.value->>'${name}')`
  const action = own('action')
  const chosen = `CASE WHEN ${action} IS NULL THEN ${array('')} ELSE ${array(action)} END`
  return {
    name: 'decisions',
    sql: `
SELECT ${FRAME.replaceAll(/\w+/g, 'logged.$&')},
  coalesce(${own('decision')}, (logged.properties->>'question') || ':' || ${own('placement')} || ':0') AS decision,
  ${own('placement')} AS placement, ${own('policy')} AS policy, ${action} AS action,
  ${own('reason')} AS reason, ${own('arm')} AS arm,
  coalesce(${own('propensity')}::double precision, CASE WHEN ${action} IS NOT NULL THEN 1 END) AS propensity,
  coalesce(${own('model')}, '0') AS model, coalesce(${own('leaf')}, '') AS leaf,
  logged.epoch AS decided_epoch,
  coalesce(told.value->'candidates', told.value->'actions', ${chosen}) AS candidates,
  coalesce(told.value->'actions', ${chosen}) AS actions,
  told.value->'instead' AS instead, told.value->'experiments' AS experiments,
  coalesce((logged.properties->>'replayable')::boolean, CASE WHEN (logged.properties->'decisions') IS NOT NULL THEN true END) AS is_replayable,
  logged.source, logged.outbox_seq
FROM (SELECT * FROM ${prefix}person_events WHERE ${ours('$decision')}) AS logged,
  ${elements(`coalesce(logged.properties->'decisions', ${array('logged.properties::json')})`, 'told')}`,
  }
}

/** One table for each kind of record of our own. */
function recordViews(dialect: Dialect, prefix: string): readonly WarehouseView[] {
  const { instant } = WORDS[dialect]
  const at = (name: string): string => instant(property(name))
  const from = `FROM ${prefix}person_events`
  return [
    {
      name: 'exposures',
      sql: `
SELECT ${FRAME}, substr(event, 2) AS kind, ${property('decision')} AS decision,
  ${property('exposure')} AS exposure, ${property('placement')} AS placement,
  ${property('policy')} AS policy, ${property('action')} AS action, ${property('arm')} AS arm,
  ${property('position')}::integer AS position, ${number('propensity')} AS propensity,
  ${property('model')} AS model, ${property('leaf')} AS leaf,
  ${property('epoch')}::integer AS decided_epoch, ${at('atMs')} AS decided_at,
  properties->'experiments' AS experiments, source, outbox_seq
${from}
WHERE type = 'track' AND event IN ('$served', '$impression', '$click', '$dismiss')`,
    },
    decisionsView(dialect, prefix),
    {
      name: 'rewards',
      sql: `
SELECT ${FRAME}, ${property('goal')} AS goal, ${property('exposure')} AS exposure,
  ${number('value')} AS value, ${property('currency')} AS currency,
  ${property('first')}::boolean AS is_first, ${property('refund')}::boolean AS is_refund,
  ${at('exposedMs')} AS exposed_at, ${at('decidedMs')} AS decided_at,
  ${number('propensity')} AS propensity, ${property('model')} AS model,
  ${property('decidedEpoch')}::integer AS decided_epoch, outbox_seq
${from} WHERE ${ours('$reward')}`,
    },
    {
      name: 'segment_changes',
      sql: `
SELECT ${FRAME}, ${property('segment')} AS segment, ${property('change')} AS change,
  ${property('why')} AS why, ${property('segmentVersion')} AS segment_version,
  coalesce(${property('exact')}::boolean, true) AS is_exact, epoch, outbox_seq
${from} WHERE ${ours('$segment')}`,
    },
    {
      name: 'deletions',
      sql: `
SELECT ${FRAME}, properties, outbox_seq ${from} WHERE ${ours('$forget')}`,
    },
  ]
}

/** Of a scan that Redis told twice, and of a day that is not whole yet, the newest row of each counts. */
const peopleView = (prefix: string): WarehouseView => ({
  name: 'current_profiles',
  sql: `
SELECT * FROM (
  SELECT DISTINCT ON (profile_id) * FROM ${prefix}profiles ORDER BY profile_id, taken_at DESC
) AS newest
WHERE NOT EXISTS (SELECT 1 FROM ${prefix}persons AS p WHERE p.profile_id = newest.profile_id)
  AND NOT EXISTS (SELECT 1 FROM ${prefix}deletions AS d WHERE d.person_id = newest.profile_id)`,
})

/** The statements that make them, in order. */
export const createViews = (dialect: Dialect, prefix = ''): readonly string[] =>
  warehouseViews(dialect, prefix).map(
    ({ name, sql }) => `CREATE OR REPLACE VIEW ${prefix}${name} AS${sql}`,
  )
