/** The verbs about segments, against a real worker. */
import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { LIMITS_MS, within } from '../support/within.ts'
import { DEMO_CONFIGURATION, TOKEN, TSUGI, useSite } from './tsugi.ts'

const site = useSite()
const { tsugi } = site

beforeAll(async () => {
  const published = await tsugi(['publish', DEMO_CONFIGURATION])
  expect(published.code).toBe(0)
  const batch = Array.from({ length: 40 }, (_, i) => ({
    type: 'track',
    event: 'Product Viewed',
    anonymousId: `visitor-${i}`,
    messageId: `m-${i}`,
  }))
  const sent = await fetch(`${site.worker.url}/v1/batch`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('sk_demo:')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ batch }),
  })
  expect(await sent.json()).toMatchObject({ accepted: 40 })
})

test('resegment walks through everybody, and goes on from anywhere', async () => {
  const all = await tsugi(['resegment', '--batch', '7', '--repair'])
  expect(all).toMatchObject({ code: 0 })
  expect(all.out).toBe('40 people, 40 written: 0 entries, 0 exits.\n')
  expect(all.err).toContain('Everybody is evaluated.')
  const nobody = await tsugi(['resegment', '--from', 'ffffffff-ffff-ffff-ffff-ffffffffffff'])
  expect(nobody.out).toBe('0 people, 0 written: 0 entries, 0 exits.\n')
  const garbage = await tsugi(['resegment', '--from', 'nonsense'])
  expect(garbage).toMatchObject({ code: 1 })
  expect(garbage.err).toContain('cursor')
  expect(garbage.err).not.toContain('Go on with')
  expect((await tsugi(['resegment', '--batch', '0'])).code).toBe(2)
})

test('explain shows the tree with what was seen, for a segment and for a condition that nobody published', async () => {
  const kei = 'anonymous_id:visitor-3'
  const all = await tsugi(['explain', kei])
  expect(all).toMatchObject({ code: 0, err: '' })
  expect(all.out).toMatch(/^profile \S+ {2}as of \S+Z {2}epoch 1\n/)
  expect(all.out).toMatch(/\nnew-visitor: IN.*\n {2}✓ not\n/)
  const one = await tsugi(['explain', kei, 'returning'])
  expect(one.out).toContain('returning: out')
  expect(one.out).not.toContain('new-visitor:')
  expect((await tsugi(['explain', kei, '--in'])).out).not.toContain(': out')

  const path = join(site.folder, 'condition.json')
  await writeFile(path, JSON.stringify({ when: { event: 'Product Viewed', count: { gte: 2 } } }))
  const tried = await tsugi(['explain', kei, '--when', path])
  expect(tried.out).toMatch(/the condition: out\n {2}✗ event "Product Viewed".* \(1\)/)
  const json = JSON.parse((await tsugi(['explain', kei, '--when', path, '--json'])).out)
  expect(json).toMatchObject({ when: { member: false } })

  for (const [args, code, words] of [
    [['explain'], 2, 'user_id:kei'],
    [['explain', 'kei'], 2, 'user_id:kei'],
    [['explain', 'user_id:nobody'], 1, 'nobody has user_id:nobody. Log in as them in the shop, or'],
    [
      ['explain', kei, 'no-such'],
      1,
      'segments: no published segment has the key "no-such"; there are ',
    ],
    [['explain', kei, '--at', 'tomorrow'], 1, 'at: expected a moment such as 2026-04-01T'],
    [['explian'], 2, 'npm run tsugi -- --help lists the commands'],
    [['explain', kei, '--when', '/nonexistent.json'], 2, 'there is no such file'],
    [['explain', kei, '--context', '{'], 2, 'not JSON'],
  ] as const) {
    const ended = await tsugi(args)
    expect([args.join(' '), ended.code, ended.err]).toEqual([
      args.join(' '),
      code,
      expect.stringContaining(words),
    ])
  }
})

test('preview counts who fits, before it is published', async () => {
  const path = join(site.folder, 'fits.json')
  await writeFile(path, JSON.stringify({ event: 'Product Viewed' }))
  const fits = await tsugi(['preview', path, '--sample', '2'])
  expect(fits).toMatchObject({ code: 0 })
  expect(fits.out).toMatch(/^40 of 40 people \(100\.0 %\), as of \S+Z\.\n\nprofile/)
  expect(fits.out.match(/anonymous_id:visitor-/g)).toHaveLength(2)
  const key = await tsugi(['preview', 'new-visitor', '--json'])
  expect(JSON.parse(key.out)).toMatchObject({ scanned: 40, matched: 40, whole: true })
  expect((await tsugi(['preview', 'no-such'])).err).toContain('There is no segment "no-such"')

  await writeFile(path, JSON.stringify({ segment: 'no-such' }))
  const fault = await tsugi(['preview', path])
  expect(fault.code).toBe(1)
  expect(fault.err).toMatch(/when.* no segment has the key "no-such"/)
})

test('over HTTP on the demo: why somebody is in a segment, until when, and how many are', async () => {
  const views = Array.from({ length: 3 }, (_, i) => ({
    type: 'track',
    event: 'Product Viewed',
    anonymousId: 'knitter',
    messageId: `knit-${i}`,
    properties: { category: 'knitwear' },
  }))
  const sent = await fetch(`${site.worker.url}/v1/batch`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', origin: 'http://localhost:8788' },
    body: JSON.stringify({ writeKey: 'wk_demo', batch: views }),
  })
  expect(sent.status).toBe(200)
  const ask = async (path: string, body: object, key = TOKEN) => {
    const response = await fetch(site.worker.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    // oxlint-disable-next-line typescript/no-explicit-any -- JSON off the wire
    return { status: response.status, body: (await response.json()) as any }
  }
  const knitter = { profile: { type: 'anonymous_id', value: 'knitter' } }
  const why = await ask('/admin/v1/segments/explain', { ...knitter, segments: ['knitwear-lover'] })
  expect(why.body.segments).toMatchObject([
    { key: 'knitwear-lover', member: true, recorded: true, trace: { holds: true, seen: 3 } },
  ])
  const lastsMs = Date.parse(why.body.segments[0].nextChange) - Date.parse(why.body.asOf)
  expect(lastsMs / 86_400_000).toBeCloseTo(7, 2)

  const { segments } = JSON.parse(await readFile(DEMO_CONFIGURATION, 'utf8')) as {
    segments: { key: string; when: object }[]
  }
  const when = segments.find(({ key }) => key === 'knitwear-lover')?.when
  const few = await ask('/admin/v1/segments/preview', { when, limit: 10 })
  expect(few.body).toMatchObject({ scanned: 10, next: expect.any(String) })
  let [matched, scanned, cursor] = [few.body.matched, few.body.scanned, few.body.next]
  while (cursor !== null) {
    const { body } = await ask('/admin/v1/segments/preview', { when, cursor, at: few.body.asOf })
    matched += body.matched
    scanned += body.scanned
    cursor = body.next
  }
  expect([matched, scanned]).toEqual([1, 41])

  const decided = await ask(
    '/v1/decide',
    { anonymousId: 'knitter', placements: ['hero'], explain: true },
    'sk_demo',
  )
  const { explain } = decided.body.decisions.hero
  expect(explain.segments).toMatchObject({ 'knitwear-lover': true, 'high-value': false })
  for (const key of ['wk_demo', 'sk_demo', '']) {
    expect((await ask('/admin/v1/segments/explain', knitter, key)).status).toBeGreaterThan(400)
  }
})

test('publish warns which leaves are inexact, and why', async () => {
  const config = JSON.parse(await readFile(DEMO_CONFIGURATION, 'utf8')) as {
    segments: object[]
  }
  const when = { event: 'Product Viewed', count: { gte: 5 }, in: 'today', zone: 'visitor' }
  config.segments.push({ key: 'viewers-today', name: 'Viewers today', when })
  const path = join(site.folder, 'inexact.json')
  await writeFile(path, JSON.stringify(config))
  const { code, err } = await tsugi(['publish', path])
  expect(code).toBe(0)
  expect(err).toMatch(
    /Warning: segments\[\d+\]\.when: .*Product Viewed.*\n {2}beyond the newest 100 events .*visitor’s own/,
  )
})

test('upload takes a file of any size in chunks, tells bad lines by their numbers, and may be sent again', async () => {
  const path = join(site.folder, 'members.csv')
  const people = Array.from({ length: 620 }, (_, i) => `member${i}@example.com,Name ${i}`)
  people.splice(510, 0, 'no address,Nobody', 'bad"quote,x')
  await writeFile(path, `\uFEFFE-Mail,Name\r\n${people.join('\r\n')}\r\n`)
  const refused = await tsugi(['upload', 'fans', path])
  expect(refused.code).toBe(2)
  expect(refused.err).toContain('Its columns are E-Mail, Name.')

  const args = ['upload', 'fans', path, '--column', 'E-Mail', '--type', 'email']
  const errors = join(site.folder, 'errors.ndjson')
  const first = await tsugi([...args, '--errors', errors])
  expect(first).toMatchObject({ code: 1 })
  expect(first.out).toBe('fans: 622 lines, 620 put on it, 2 refused.\n')
  expect(first.err).toMatch(/\n512 {3}not a valid email\n513 {3}.*[Qq]uote/)
  const kept = (await readFile(errors, 'utf8')).trim().split('\n')
  expect(kept.map((line) => JSON.parse(line).line)).toEqual([512, 513])

  // A replacement that cannot be meant takes nobody off.
  const unsafe = await tsugi([...args, '--mode', 'replace'])
  expect(unsafe).toMatchObject({ code: 1 })
  expect(unsafe.err).toContain('Nobody was taken off')
  const empty = join(site.folder, 'empty.csv')
  await writeFile(empty, 'email\n')
  const none = await tsugi(['upload', 'fans', empty, '--mode', 'replace'])
  expect(none).toMatchObject({
    code: 1,
    out: 'fans: 0 lines, 0 put on it, 0 refused, 0 taken off who were not among them.\n',
  })
  // It goes on under its id, in its own mode.
  const id = /--upload (\S+)/.exec(unsafe.err)?.[1] as string
  const wrongMode = await tsugi([...args, '--upload', id])
  expect(wrongMode).toMatchObject({ code: 1 })
  expect(wrongMode.err).toContain('begun with mode replace')
  expect((await tsugi([...args, '--upload', 'no-such'])).err).toContain('no such upload')

  await writeFile(path, 'email\nmember0@example.com\nmember1@example.com\n')
  const second = await tsugi(['upload', 'fans', path, '--mode', 'replace'])
  expect(second).toMatchObject({ code: 0 })
  expect(second.out).toBe(
    'fans: 2 lines, 2 put on it, 0 refused, 618 taken off who were not among them.\n',
  )
  const condition = join(site.folder, 'on-it.json')
  await writeFile(condition, JSON.stringify({ list: 'fans' }))
  expect((await tsugi(['preview', condition])).out).toMatch(/^2 of 661 people/)
  expect((await tsugi(['lists'])).out).toMatch(/fans {2}3 .*replace {2}2 +0 +618/)
  expect((await tsugi(['upload', 'Fans!', path])).err).toContain('Expected a list')
  expect((await tsugi(['upload', 'fans', 'people.txt'])).err).toContain('there is no such file')

  const hostile = join(site.folder, 'hostile.ndjson')
  await writeFile(
    hostile,
    `{"user_id":"a-1"}\n{"user_id":"${'x'.repeat(900_000)}"}\nNaN\n{"user_id":"a-2"}`,
  )
  const long = await tsugi(['upload', 'hostile', hostile])
  expect(long).toMatchObject({ code: 1, out: 'hostile: 4 lines, 2 put on it, 2 refused.\n' })
  expect(long.err).toMatch(/\n2 {5}longer than 32000 characters\n3 {5}/)
  const open = join(site.folder, 'open.csv')
  await writeFile(open, `user_id\na-1\n"open${'\nmember'.repeat(300_000)}`)
  const endless = await tsugi(['upload', 'hostile', open])
  expect(endless).toMatchObject({ code: 2 })
  expect(endless.err).toContain('is a quote left open?')

  // The worker reads CSV as well, with a parser that it loads for that.
  const csv = await fetch(`${site.worker.url}/admin/v1/lists/fans/members`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'text/csv' },
    body: 'user_id\nkei\n',
  })
  expect(await csv.json()).toMatchObject({ lines: 1, accepted: 1, errors: [] })
})

/** To the worker, save that a second chunk of people waits until it may go on. */
async function startSlowWay() {
  const gate = Promise.withResolvers<void>()
  let chunks = 0
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '', headers } = incoming
    const body = Buffer.concat((await Array.fromAsync(incoming)) as Buffer[])
    if (url.includes('/members') && ++chunks === 2) await gate.promise
    const answer = await fetch(site.worker.url + url, {
      method,
      headers: Object.entries(headers).filter(
        (header): header is [string, string] =>
          ['authorization', 'content-type'].includes(header[0]) && typeof header[1] === 'string',
      ),
      ...(body.length > 0 && { body }),
    })
    const kept = [...answer.headers].filter(([name]) => !/^(content|transfer)-(enc|len)/.test(name))
    outgoing.writeHead(answer.status, Object.fromEntries(kept))
    outgoing.end(await answer.text())
  }
  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch((error: Error) => outgoing.destroy(error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    goOn: gate.resolve,
    stop: () => new Promise((resolve) => server.close(resolve)),
  }
}

test('an upload that is interrupted tells how to go on, and then nobody counts twice', async () => {
  const path = join(site.folder, 'many.ndjson')
  const lines = Array.from({ length: 2500 }, (_, i) => JSON.stringify({ user_id: `many-${i}` }))
  await writeFile(path, lines.join('\n'))
  const slow = await startSlowWay()
  const child = spawn(process.execPath, [TSUGI, 'upload', 'many', path], {
    env: { ...process.env, ...site.environment, TSUGI_URL: slow.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let told = ''
  let out = ''
  let interrupted = false
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => {
    told += chunk.toString()
    // The first chunk is taken. A second Ctrl-C would end it where it stands.
    if (interrupted || !told.includes(': 500 lines, 0 refused')) return
    interrupted = child.kill('SIGINT')
    slow.goOn()
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const code = await within(LIMITS_MS.program, 'an interrupted upload to end', ended, () => {
    child.kill('SIGKILL')
    return `It said: ${told}${out}`
  })
  await slow.stop()
  expect(code).toBe(130)
  const taken = Number(/^many: (\d+) lines/.exec(out)?.[1])
  const id = /Interrupted\. Go on with: .* --upload (\S+)/.exec(told)?.[1] ?? ''
  expect(taken).toBeGreaterThanOrEqual(500)
  expect(taken).toBeLessThan(2500)
  expect((await tsugi(['lists'])).out).toMatch(/many +1 .*not finished/)

  const again = await tsugi(['upload', 'many', path, '--upload', id])
  expect(again).toMatchObject({ code: 0, out: 'many: 2500 lines, 2500 put on it, 0 refused.\n' })
  const condition = join(site.folder, 'many.json')
  await writeFile(condition, JSON.stringify({ list: 'many' }))
  expect((await tsugi(['preview', condition])).out).toMatch(/^2,?500 of/)
  const closed = await tsugi(['upload', 'many', path, '--upload', id])
  expect(closed).toMatchObject({ code: 1 })
  expect(closed.err).toContain('that upload is finished')
})
