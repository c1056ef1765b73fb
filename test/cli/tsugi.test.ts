/** The command line against a real worker: what it prints, how it ends, what it changed. */
import { spawn } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { LIMITS_MS, within } from '../support/within.ts'
import { DEMO_CONFIGURATION, ROOT, TSUGI, useSite } from './tsugi.ts'

const site = useSite()
const { tsugi } = site
let file: string
let config: { segments: { key: string; name: string }[]; [list: string]: unknown }

beforeEach(async () => {
  config = JSON.parse(await readFile(DEMO_CONFIGURATION, 'utf8')) as typeof config
  file = join(site.folder, 'tsugi.json')
  await save()
})
const save = (): Promise<void> => writeFile(file, JSON.stringify(config))

test('from nothing to a release, a change, and back', async () => {
  expect((await tsugi(['status'])).out).toContain('release    none yet')
  expect((await tsugi(['rollback'])).err).toContain('Nothing is published yet.')

  const dry = await tsugi(['publish', file, '--dry-run'])
  expect(dry).toMatchObject({ code: 0 })
  expect(dry.out).toContain('+ segment ')
  expect((await tsugi(['releases'])).out).toContain('Nothing is published yet')

  const first = await tsugi(['publish', file, '--note', '最初の'])
  expect(first.err).toBe('')
  expect(first.out).toMatch(/^Published release 1 \(epoch 1\): \d+ added/)

  const again = await tsugi(['publish', file])
  expect(again.out).toBe('Release 1 is this configuration already; nothing published.\n')
  expect((await tsugi(['diff', file, '--exit-code'])).code).toBe(0)

  const { name } = config.segments[0]!
  config.segments[0]!.name = 'Renamed here'
  await save()
  const diff = await tsugi(['diff', file, '--exit-code'])
  expect(diff.code).toBe(1)
  expect(diff.out).toContain('Against release 1: 1 changed')
  expect(diff.out).toContain(`~ segment ${config.segments[0]!.key}\n    name: `)
  expect(diff.out).toContain('→ "Renamed here"')

  expect((await tsugi(['publish', file])).out).toContain(
    'Published release 2 (epoch 2): 1 changed.',
  )
  const releases = (await tsugi(['releases'])).out
  expect(releases).toMatch(/^\* {2}2 /m)
  expect(releases).toMatch(/^ {3}1 .*最初の$/m)

  expect((await tsugi(['rollback'])).out).toBe(
    'Release 1 is active (epoch 3).\nThe draft stays as it was: 1 changed against it.\n',
  )
  expect((await tsugi(['status'])).out).toMatch(/^draft .*, not what is active: 1 changed$/m)
  expect((await tsugi(['rollback'])).err).toContain('Release 1 has none before it.')
  expect((await tsugi(['rollback', '2'])).out).toBe('Release 2 is active (epoch 4).\n')
  const unknown = await tsugi(['rollback', '99'])
  expect(unknown).toMatchObject({ code: 1 })
  expect(unknown.err).toContain('(not_found)')

  // Release 2 is what the file and the draft say; release 1 is not.
  await tsugi(['rollback', '1'])
  config.segments[0]!.name = name
  await save()
  expect((await tsugi(['publish', file])).out).toBe(
    'Release 1 is this configuration already; nothing published.\nThe draft is another one; --force makes it the same.\n',
  )
  expect((await tsugi(['publish', file, '--force'])).out).toContain('no change')
  expect((await tsugi(['status'])).out).not.toContain('not what is active')
})

test('the kill switch', async () => {
  await tsugi(['publish', file, '--force'])
  expect((await tsugi(['stop'])).out).toMatch(/^Decisions are stopped \(epoch \d+\)\.\n$/)
  expect((await tsugi(['status'])).out).toContain('decisions  STOPPED')
  expect((await tsugi(['resume'])).out).toMatch(/^Decisions are on \(epoch \d+\)\.\n$/)
  expect((await tsugi(['status'])).out).toContain('decisions  on')
})

test('faults come as a table, and nothing is published', async () => {
  const before = (await tsugi(['releases'])).out
  config.segments[0]!.key = 'Not A Key'
  config['surprise'] = 1
  await save()
  for (const verb of ['publish', 'diff']) {
    const { code, out, err } = await tsugi([verb, file])
    expect(code).toBe(1)
    expect(out).toBe('')
    expect(err).toContain('(invalid_configuration)')
    expect(err).toMatch(/^path +in +wrong +allowed$/m)
    expect(err).toMatch(
      /^segments\[0\]\.key +segment Not A Key +received "Not A Key" +Expected a key of/m,
    )
    expect(err).toMatch(
      /^surprise +no such field +Expected one of the fields: \$schema, workspace/m,
    )
  }
  expect((await tsugi(['releases'])).out).toBe(before)
})

test('records are seen as they arrive, and a watcher outlives what it cannot reach', async () => {
  const send = async (event: string): Promise<void> => {
    const response = await fetch(`${site.worker.url}/v1/track`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ writeKey: 'wk_demo', anonymousId: 'a-1', event }),
    })
    expect(response.status).toBe(200)
  }
  await tsugi(['publish', file, '--force'])
  await send('Before')
  const child = spawn(process.execPath, [TSUGI, 'tail'], {
    env: { ...process.env, ...site.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let seen = ''
  const until = (text: string): Promise<void> => {
    const shown = new Promise<void>((resolve) => {
      child.stdout.on('data', () => seen.includes(text) && resolve())
      if (seen.includes(text)) resolve()
    })
    return within(LIMITS_MS.program, `"tsugi tail" to show ${text}`, shown, () => seen)
  }
  child.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()))
  try {
    await until('"Before"')
    await send('糸 Viewed')
    await send('Last')
    await until('"Last"')
  } finally {
    child.kill()
  }
  expect(seen).toMatch(/track {6}"糸 Viewed" {2}anonymous a-1 {2}profile \S+ {2}source /)
  expect(seen.match(/"Before"/g)).toHaveLength(1)

  const once = await tsugi(['tail', '--no-follow', '--json', '--lines', '1'])
  const [line, ...rest] = once.out.trim().split('\n')
  expect(rest).toEqual([])
  expect(JSON.parse(line ?? '')).toMatchObject({ event: 'Last', type: 'track' })
})

test.each([
  ['no such file', ['publish', '/nonexistent.json'], 2, 'there is no such file'],
  ['an unknown verb', ['publsh'], 2, 'publish'],
  ['a wrong number', ['rollback', 'one'], 2, 'Expected a release number'],
  ['a wrong token', ['status', '--token', 'wrong'], 1, 'ADMIN_TOKEN'],
  ['nobody there', ['status', '--url', 'http://127.0.0.1:9'], 3, 'npm start'],
])('%s: exit code and words', async (_name, args, code, words) => {
  const ended = await tsugi(args)
  expect(ended.code).toBe(code)
  expect(ended.err).toContain(words)
  expect(ended.err).not.toMatch(/^ +at /m)
})

test('a file that is no JSON is told with its place', async () => {
  await writeFile(file, '{\n  "workspace": {,}\n}')
  const { code, err } = await tsugi(['diff', file])
  expect(code).toBe(2)
  expect(err).toMatch(/is not JSON: .*line 2/)
})

test('every verb has help with an example', async () => {
  const { out } = await tsugi(['--help'])
  const commands = /^Commands:$([^]*?)^$/m.exec(out)?.[1] ?? ''
  const verbs = [...commands.matchAll(/^ {2}([a-z-]+) /gm)].map(([, verb]) => verb as string)
  const files = await readdir(join(ROOT, 'cli/verbs'))
  expect(verbs.toSorted()).toEqual([...files.map((name) => name.slice(0, -3)), 'help'].sort())
  for (const verb of verbs.filter((name) => name !== 'help')) {
    const help = await tsugi([verb, '--help'])
    expect(help.code).toBe(0)
    expect(help.out).toContain(`npm run tsugi -- ${verb}`)
  }
})

test('results: which experiments there are, what their arms did, and what is not there', async () => {
  await tsugi(['publish', file, '--force'])
  const list = await tsugi(['results'])
  expect(list).toMatchObject({ code: 0, err: '' })
  const policies = (config['policies'] as { key: string; split?: unknown }[]) ?? []
  const [split] = policies.filter((policy) => policy.split !== undefined)
  if (split === undefined) {
    expect(list.out).toBe('The active release has no experiment.\n')
  } else {
    expect(list.out).toContain(split.key)
    const results = await tsugi(['results', split.key])
    expect(results.code).toBe(0)
    expect(results.out).toContain('Nobody has met it yet')
    expect(JSON.parse((await tsugi(['results', split.key, '--json'])).out)).toMatchObject({
      experiment: split.key,
    })
  }
  const missing = await tsugi(['results', 'no-such-thing'])
  expect(missing.code).toBe(1)
  expect(missing.err).toContain('(not_found)')
  expect((await tsugi(['results', '--help'])).out).toContain('docs/experiments.md')
})
