/**
 * The sink's own tables, made and brought up to date by itself: whatever
 * somebody added of their own stays.
 */
import type { Client } from 'pg'
import { createViews } from '../../contract/warehouse-views.ts'
import type { SinkTable } from '../sink-ports.ts'
import { quoted, SQL_COLUMNS } from './tables.ts'

/**
 * Each step runs once, in order; none is ever changed after it was released.
 * Columns need no step: one that a table has not is added.
 * @param s the schema, quoted
 */
const STEPS: readonly ((s: string) => string)[] = [
  (s) => `
    CREATE TABLE ${s}.tsugi_batch (
      batch_id text PRIMARY KEY,
      rows integer NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    );
    ${createTable(s, 'events')};
    -- Small, and as good as a larger one: rows arrive in the order of time.
    CREATE INDEX events_received_at ON ${s}.events USING brin (received_at);
    -- By hash, so that no value is too long for it.
    CREATE INDEX events_profile_id ON ${s}.events USING hash (profile_id);
    -- What Tsugi writes itself is little beside the events.
    CREATE INDEX events_system ON ${s}.events (received_at) WHERE type LIKE '$%';`,
  // Whenever the views change, a further step makes them again.
  (s) => `
    ${createTable(s, 'profiles')};
    CREATE INDEX profiles_day ON ${s}.profiles USING brin (day);
    CREATE INDEX profiles_profile_id ON ${s}.profiles USING hash (profile_id);
    ${viewsIn(s)}`,
  // Decisions are told of a record a question, too.
  (s) => viewsIn(s),
]

const viewsIn = (s: string): string => createViews('postgres', `${s}.`).join(';\n')

const columnText = ({ name, type, required }: (typeof SQL_COLUMNS)[SinkTable][number]): string =>
  `${quoted(name)} ${type}${required ? ' NOT NULL' : ''}`

const createTable = (s: string, table: SinkTable): string =>
  `CREATE TABLE ${s}.${table} (${SQL_COLUMNS[table].map(columnText).join(', ')})`

/** At most one runs the steps; whoever comes at the same time waits and finds them done. */
export async function migrate(client: Client, schema: string): Promise<void> {
  const s = quoted(schema)
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${s}`)
  await client.query(
    `CREATE TABLE IF NOT EXISTS ${s}.tsugi_schema (
       version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
  )
  if ((await versionOf(client, s)) < STEPS.length || (await missing(client, schema)).length > 0) {
    await client.query('BEGIN')
    await client.query(`LOCK TABLE ${s}.tsugi_schema IN EXCLUSIVE MODE`)
    for (let version = (await versionOf(client, s)) + 1; version <= STEPS.length; version++) {
      // A step may speak of columns that came since the one before it.
      if (version > 1) await addMissing(client, schema)
      await client.query((STEPS[version - 1] as (s: string) => string)(s))
      await client.query(`INSERT INTO ${s}.tsugi_schema (version) VALUES (${version})`)
    }
    await addMissing(client, schema)
    await client.query('COMMIT')
  }
}

/** Of a newer release, should this one have been rolled back: its columns are named in every statement, so it still fits. */
async function versionOf(client: Client, s: string): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    `SELECT coalesce(max(version), 0)::integer AS version FROM ${s}.tsugi_schema`,
  )
  return rows[0]?.version ?? 0
}

async function addMissing(client: Client, schema: string): Promise<void> {
  for (const statement of await missing(client, schema)) await client.query(statement)
}

/** The statements that add what tables lack: rows from before have no value there. Tables that no step made yet have nothing to add to. */
async function missing(client: Client, schema: string): Promise<string[]> {
  const { rows } = await client.query<{ table: string; column: string }>(
    `SELECT table_name AS table, column_name AS column
     FROM information_schema.columns WHERE table_schema = $1`,
    [schema],
  )
  const there = new Set(rows.map(({ table, column }) => `${table}.${column}`))
  const tables = new Set(rows.map(({ table }) => table))
  return Object.entries(SQL_COLUMNS).flatMap(([table, columns]) =>
    columns
      .filter(({ name }) => tables.has(table) && !there.has(`${table}.${name}`))
      .map(
        ({ name, type }) =>
          `ALTER TABLE ${quoted(schema)}.${table} ADD COLUMN ${quoted(name)} ${type}`,
      ),
  )
}
