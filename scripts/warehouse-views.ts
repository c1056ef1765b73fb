/** Writes docs/warehouse-views.sql: the views for DuckDB, from where the worker has them. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createViews } from '../worker/contract/warehouse-views.ts'
import { ROOT } from './build/root.ts'

export const VIEWS_FILE = 'docs/warehouse-views.sql'

export const viewsText = (): string =>
  `-- Made by \`node scripts/warehouse-views.ts\`. For DuckDB, over views called events and profiles: docs/warehouse.md\n\n${createViews(
    'duckdb',
  )
    .map((statement) => `${statement};\n`)
    .join('\n')}`

if (import.meta.main) {
  await writeFile(join(ROOT, VIEWS_FILE), viewsText())
}
