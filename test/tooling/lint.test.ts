/**
 * The walls hold: each row is a file that must be refused, with the rule that
 * refuses it, or one that must pass. All are linted in one run under the real
 * configuration, in a folder of their own.
 */
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runNode } from '../support/program.ts'

const ROOT = join(import.meta.dirname, '../..')
const WALL = 'tsugi(boundaries)'
const GLOBAL = 'eslint(no-restricted-globals)'
const CLOCK = 'tsugi(no-clock)'

/** [file, its one offending or innocent line, the rule that must refuse it or null] */
type Row = readonly [path: string, code: string, rule: string | null]

const ROWS: readonly Row[] = [
  ['worker/contract/a.ts', `export * as v from 'valibot'`, null],
  ['worker/contract/b.ts', `export * as z from 'hono'`, WALL],
  ['worker/contract/c.ts', `export type { A } from '../core/x.ts'`, WALL],
  ['worker/core/deep/a.ts', `export type { A } from '../../contract/message.ts'`, null],
  ['worker/core/deep/b.ts', `export { a } from '../../contract/message.ts'`, WALL],
  ['worker/core/deep/c.ts', `export { a } from '../../flow/collect.ts'`, WALL],
  ['worker/core/deep/d.ts', `export type A = import('../../flow/ports.ts').Clock`, WALL],
  ['worker/core/deep/e.ts', `export const a = () => import('../../store/d1/store.ts')`, WALL],
  ['worker/core/deep/f.ts', `export { a } from '../other/x.ts'`, null],
  ['worker/core/g.ts', `export { createHash } from 'node:crypto'`, WALL],
  ['worker/core/h.ts', `export { parsePhoneNumber } from 'libphonenumber-js/max'`, null],
  ['worker/core/i.ts', `export { Hono } from 'hono'`, WALL],
  ['worker/core/j.ts', `export { a } from '../deps.ts'`, WALL],
  ['worker/flow/a.ts', `export { a } from '../core/x.ts'`, null],
  ['worker/flow/b.ts', `export { a } from './ports.ts'`, null],
  ['worker/flow/c.ts', `export { a } from '../store/d1/store.ts'`, WALL],
  ['worker/flow/d.ts', `export { Hono } from 'hono'`, WALL],
  ['worker/flow/ports.ts', `export type { A } from '../core/x.ts'`, null],
  ['worker/store/d1/a.ts', `export { StoreError } from '../../flow/ports.ts'`, null],
  ['worker/store/d1/b.ts', `export { a } from '../../flow/collect.ts'`, WALL],
  ['worker/store/d1/c.ts', `export { a } from '../../http/collect.ts'`, WALL],
  ['worker/store/d1/d.ts', `export { sql } from 'drizzle-orm/sqlite-core'`, null],
  ['worker/store/d1/e.ts', `export type { A } from '../../warehouse/ports.ts'`, null],
  ['worker/store/d1/f.ts', `export { a } from '../../warehouse/sync.ts'`, WALL],
  ['worker/http/a.ts', `export { a } from '../flow/collect.ts'`, null],
  ['worker/http/b.ts', `export { a } from '../store/d1/store.ts'`, WALL],
  ['worker/http/c.ts', `export { a } from '../core/x.ts'`, WALL],
  ['worker/http/d.ts', `export { cors } from 'hono/cors'`, null],
  ['worker/warehouse/a.ts', `export { a } from '../flow/ports.ts'`, null],
  ['worker/warehouse/b.ts', `export { a } from '../http/collect.ts'`, WALL],
  ['worker/warehouse/c.ts', `export { a } from '../flow/collect.ts'`, WALL],
  ['worker/deps.ts', `export { a } from './store/d1/store.ts'`, null],
  ['worker/env.ts', `export { a } from './app.ts'`, WALL],
  ['sdk-browser/a.ts', `export type { A } from '../worker/contract/message.ts'`, null],
  ['sdk-browser/b.ts', `export { a } from '../worker/contract/message.ts'`, WALL],
  ['sdk-browser/c.ts', `export type { A } from '../worker/core/x.ts'`, WALL],
  ['cli/a.ts', `export { a } from '../worker/core/x.ts'`, null],
  ['cli/b.ts', `export { a } from '../worker/flow/publish.ts'`, WALL],

  ['worker/core/k.ts', `export const a = () => fetch('https://example.com')`, GLOBAL],
  ['worker/core/l.ts', `export const a = () => crypto.randomUUID()`, GLOBAL],
  ['worker/core/m.ts', `export const a = () => globalThis.crypto.randomUUID()`, GLOBAL],
  ['worker/core/n.ts', `export const a = () => performance.now()`, GLOBAL],
  ['worker/core/o.ts', `export const a = () => Math.random()`, 'eslint(no-restricted-properties)'],
  ['worker/core/p.ts', `export const a = () => console.log(1)`, GLOBAL],
  ['worker/core/q.ts', `export const a = () => Date.now()`, CLOCK],
  ['worker/core/r.ts', `export const a = () => new Date()`, CLOCK],
  ['worker/core/s.ts', `export const a = () => new globalThis.Date()`, CLOCK],
  ['worker/core/t.ts', `export const a = Date`, CLOCK],
  ['worker/core/u.ts', `export const a = (s: string) => Date.parse(s) + Date.UTC(2026, 1)`, null],
  ['worker/core/v.ts', `export const a = (ms: number): Date => new Date(ms)`, null],
  ['worker/flow/e.ts', `export const a = () => Date.now()`, null],

  ['worker/utils/a.ts', `export const a = 1`, 'tsugi(folder-names)'],
  ['test/helpers/a.ts', `export const a = 1`, 'tsugi(folder-names)'],
  ['worker/core/CamelCase.ts', `export const a = 1`, 'unicorn(filename-case)'],
  ['worker/flow/f.ts', `export default 1`, 'import(no-default-export)'],
  ['worker/flow/g.ts', `export const a = () => console.log(1)`, 'eslint(no-console)'],
  [
    'worker/flow/h.ts',
    `// oxlint-disable-next-line no-console\nexport const a = () => console.log(1)`,
    'tsugi(disable-reason)',
  ],
  [
    'worker/flow/i.ts',
    `// oxlint-disable-next-line no-console -- the log is what this is for\nexport const a = () => console.log(1)`,
    null,
  ],
  [
    'worker/flow/j.ts',
    `export async function a(): Promise<void> {}\nexport function b(): void { a() }`,
    'typescript(no-floating-promises)',
  ],
  [
    'worker/flow/k.ts',
    `type K = 'a' | 'b'\nexport function a(k: K): number {\n  switch (k) {\n    case 'a':\n      return 1\n  }\n  return 0\n}`,
    'typescript(switch-exhaustiveness-check)',
  ],
  ['worker/flow/l.ts', `export const a = (x: any): void => x`, 'typescript(no-explicit-any)'],
]

interface Diagnostic {
  readonly filename: string
  readonly code: string
  readonly message: string
}

let house: string
let found: Map<string, string[]>

beforeAll(async () => {
  house = await realpath(await mkdtemp(join(tmpdir(), 'tsugi-lint-')))
  const config = JSON.parse(await readFile(join(ROOT, '.oxlintrc.json'), 'utf8')) as object
  const plugin = join(ROOT, 'scripts/lint/plugin.ts')
  await write(
    '.oxlintrc.json',
    JSON.stringify({ ...config, $schema: undefined, jsPlugins: [plugin] }),
  )
  await write('tsconfig.json', await readFile(join(ROOT, 'tsconfig.base.json'), 'utf8'))
  for (const [path, code] of ROWS) await write(path, `${code}\n`)
  found = await lint()
})
afterAll(() => rm(house, { recursive: true, force: true }))

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(house, path)), { recursive: true })
  await writeFile(join(house, path), text)
}

async function lint(): Promise<Map<string, string[]>> {
  const oxlint = join(ROOT, 'node_modules/oxlint/bin/oxlint')
  const { out } = await runNode(oxlint, ['--format', 'json'], { cwd: house })
  const byFile = new Map<string, string[]>()
  for (const { filename, code } of (JSON.parse(out) as { diagnostics: Diagnostic[] }).diagnostics) {
    byFile.set(filename, [...(byFile.get(filename) ?? []), code])
  }
  return byFile
}

test.each(ROWS.filter((row) => row[2] !== null))('%s is refused: %s', (path, _code, rule) => {
  expect(found.get(path) ?? []).toEqual([rule])
})

test.each(ROWS.filter((row) => row[2] === null))('%s passes: %s', (path) => {
  expect(found.get(path) ?? []).toEqual([])
})
