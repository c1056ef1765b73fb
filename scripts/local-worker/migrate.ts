/** Brings a local D1 to the schema of migrations/, in the table and order that wrangler uses. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Miniflare } from 'miniflare'
import { ROOT } from '../build/root.ts'

type Database = Awaited<ReturnType<Miniflare['getD1Database']>>

/** Applies what was not applied yet, each file all or nothing; its names. */
export async function migrate(db: Database): Promise<readonly string[]> {
  await db
    .prepare(
      `CREATE TABLE IF NOT EXISTS d1_migrations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT UNIQUE,
        applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
      )`,
    )
    .run()
  const { results } = await db.prepare('SELECT name FROM d1_migrations').all<{ name: string }>()
  const done = new Set(results.map((row) => row.name))
  const folder = join(ROOT, 'migrations')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
  const open = names.filter((name) => !done.has(name))
  for (const name of open) {
    const sql = await readFile(join(folder, name), 'utf8')
    await db.batch([
      ...sql.split('--> statement-breakpoint').map((statement) => db.prepare(statement)),
      db.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
    ])
  }
  return open
}
