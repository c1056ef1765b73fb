/** What the docs say holds: their links, their examples, every route and every problem. */
import { existsSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { snippet } from '../../sdk-browser/snippet.ts'
import { ROOT } from '../../scripts/build/root.ts'
import { ZONES } from '../../scripts/lint/zones.ts'
import { PROBLEM_CODES } from '../../scripts/openapi/problems.ts'
import { problemsOfWorker, routesOfWorker } from '../../scripts/openapi/worker.ts'
import { condition } from '../../worker/contract/condition.ts'
import { configuration } from '../../worker/contract/config.ts'
import { checkConfiguration } from '../../worker/core/release/check.ts'

type Json = Record<string, unknown>
const read = (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8')
const parsed = async (path: string): Promise<Json> => JSON.parse(await read(path)) as Json

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')

const PAGES = await Array.fromAsync(
  glob(['README.md', '{docs,sdk-browser,bench,test}/**/*.md'], { cwd: ROOT }),
)

test.each(PAGES)('%s: every link to a file or a heading leads there', async (page) => {
  const text = (await read(page)).replaceAll(/```[^]*?```/g, '')
  for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    const [path = '', anchor] = String(link).split('#')
    if (/^[a-z]+:/.test(path)) continue
    const target = path === '' ? page : join(dirname(page), path)
    expect(existsSync(join(ROOT, target)), `${page} → ${link}`).toBe(true)
    if (anchor === undefined || !target.endsWith('.md')) continue
    const headings = [...(await read(target)).matchAll(/^#+ (.*)$/gm)].map(([, h]) =>
      anchorOf(String(h)),
    )
    expect(headings, `${page} → ${link}`).toContain(anchor)
  }
})

test('docs/examples/index.html has the snippet as it is written', async () => {
  expect(await read('docs/examples/index.html')).toContain(
    snippet({ writeKey: 'wk_my_site', host: 'http://127.0.0.1:8787' }),
  )
})

test('docs/examples/tsugi.json can be published, and names a schema that stands where it says', async () => {
  const example = await parsed('docs/examples/tsugi.json')
  const { output, issues } = v.safeParse(configuration, example)
  expect(issues).toBeUndefined()
  expect(checkConfiguration(output as v.InferOutput<typeof configuration>)).toEqual([])
  const schema = await parsed(join('docs/examples', String(example['$schema'])))
  expect(schema['title']).toBe('Tsugi configuration')
})

test('docs/wire.md has a heading for every problem code, under the status that it has', async () => {
  const text = await read('docs/wire.md')
  for (const [code, { status, type }] of await problemsOfWorker(PROBLEM_CODES)) {
    expect(type).toMatch(new RegExp(`docs/wire\\.md#${code}$`))
    const section = text.split(`\n### ${code}\n`)[1]?.trimStart().split('\n')[0]
    expect(section, `### ${code}`).toMatch(new RegExp(`^\\*\\*${status}\\*\\*`))
  }
})

test('docs/wire.md names every route', async () => {
  const text = await read('docs/wire.md')
  for (const route of await routesOfWorker()) {
    const [method, path] = route.split(' ') as [string, string]
    expect(text, route).toContain(path)
    if (method === 'PUT' || method === 'PATCH') expect(text).toContain(route)
  }
})

test('every condition that docs/conditions.md shows is one', async () => {
  const blocks = [...(await read('docs/conditions.md')).matchAll(/```json\n([^]*?)```/g)]
    .map(([, block]) => JSON.parse(String(block)) as Json)
    .filter((block) => !('compute' in block) && !('holds' in block))
  expect(blocks.length).toBeGreaterThan(6)
  for (const block of blocks) {
    expect(v.safeParse(condition, block).issues, JSON.stringify(block)).toBeUndefined()
  }
})

test('the table of rooms names the packages that lint lets into each', async () => {
  const table = (await read('docs/architecture.md')).matchAll(
    /^\| ([\w-]+) \| [^|]+ \| ([^|]+) \|$/gm,
  )
  const rooms = [...table].filter(([, room]) => room !== 'room')
  expect(rooms.length).toBeGreaterThan(8)
  for (const [, room, told = ''] of rooms) {
    const paths = [`worker/${room}`, `worker/${room}.ts`, room]
    const zone = ZONES.find(({ path }) => paths.includes(path))
    const named = told
      .replace('pure ones only: ', '')
      .split(', ')
      .filter((name) => name !== 'none')
    const allowed = (zone?.packages ?? [])
      .filter((name) => name !== 'node:')
      .map((name) => name.replace(/^hast-util-.*/, 'hast-util-*'))
    expect([room, ...named.toSorted()]).toEqual([room, ...new Set(allowed.toSorted())])
  }
})

test('docs/decisions/README.md lists every decision, by its own title', async () => {
  const files = (await Array.fromAsync(glob('docs/decisions/0*.md', { cwd: ROOT }))).toSorted()
  const listed = [
    ...(await read('docs/decisions/README.md')).matchAll(/^(\d+)\. \[(.*)\]\((.*)\)$/gm),
  ]
  expect(listed.map(([, , , file]) => `docs/decisions/${file}`)).toEqual(files)
  for (const [, number, title, file] of listed) {
    const [heading] = (await read(`docs/decisions/${file}`)).split('\n')
    expect(heading).toBe(`# ${number}. ${title}`)
  }
})
