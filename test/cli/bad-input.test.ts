/** What stands in the way of a verb is told in words, with the way out: files, and what answers at the address. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answeredByAnother } from '../../cli/admin-api.ts'
import { readConfigurationFile } from '../../cli/configuration-file.ts'
import { openListFile } from '../../cli/list-file.ts'
import { runTsugi } from './tsugi.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tsugi-bad-input-'))
  await mkdir(join(folder, 'folder.csv'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(name: string, bytes: string | Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}
const UTF16 = Buffer.from('\uFEFF{"a":1}', 'utf16le')
/** 名前 in Shift_JIS. */
const SHIFT_JIS = Buffer.from([0x96, 0xbc, 0x91, 0x4f])

describe('a configuration file', () => {
  const refused = async (path: string): Promise<string> =>
    readConfigurationFile(path).then(
      () => 'taken',
      (error: Error) => `${error.name}: ${error.message.replaceAll(folder, '')}`,
    )

  it('that cannot be read', async () => {
    expect(await refused(folder)).toBe(
      'UsageError: Cannot read : it is a folder, where a file is wanted.',
    )
    expect(await refused(join(folder, 'none.json'))).toBe(
      'UsageError: Cannot read /none.json: there is no such file.',
    )
    const own = await file('own.json', '{}')
    expect(await refused(join(own, 'x.json'))).toContain('a part of the path is no folder')
    await chmod(own, 0)
    // Root may read everything.
    if (process.getuid?.() !== 0) expect(await refused(own)).toContain('see its permissions')
  })

  it('that is empty, in another encoding, or no JSON', async () => {
    expect(await refused(await file('empty.json', ''))).toBe('UsageError: /empty.json is empty.')
    expect(await refused(await file('blank.json', '\uFEFF \n'))).toContain('is empty')
    expect(await refused(await file('utf16.json', UTF16))).toContain('is in UTF-16: save it as')
    expect(await refused(await file('sjis.json', SHIFT_JIS))).toContain('is not in UTF-8')
    expect(await refused(await file('broken.json', '{"a":1\n"b":2}'))).toMatch(
      /broken\.json is not JSON: .*line 2 column 1/,
    )
    const deep = await file('deep.json', `${'['.repeat(200_000)}${']'.repeat(200_000)}`)
    expect(await refused(deep)).toBe('UsageError: /deep.json is nested deeper than 100 levels.')
    const hundred = await file('hundred.json', `${'['.repeat(100)}1${']'.repeat(100)}`)
    expect(await refused(hundred)).toBe('taken')
    expect(await readConfigurationFile(await file('bom.json', '\uFEFF{"a":1}'))).toEqual({ a: 1 })
  })

  it('that says the same twice: which, and where', async () => {
    const twice = `{
  "workspace": { "name": "a: \\"b\\": c" },
  "policies": [
    { "key": "one", "limit": 1 },
    { "key": "two", "limit": 1,
      "limit": 2, "名": { "x": 1, "\\u0078": 2 } }
  ],
  "workspace": {}
}`
    expect(await refused(await file('twice.json', twice))).toBe(
      `UsageError: /twice.json says the same twice, and only the last would count:
  line 6: policies[1].limit, first on line 5
  line 6: policies[1].名.x, first on line 6
  line 8: workspace, first on line 2`,
    )
    const proto = await file('proto.json', '{"__proto__":1,\n"__proto__":2}')
    expect(await refused(proto)).toContain('line 2: __proto__, first on line 1')
    const alike = await file('alike.json', '{"a":{"b":1},"b":[{"b":2},{"b":"\\"c\\":\\"d\\""}]}')
    expect(await refused(alike)).toBe('taken')
  })
})

describe('a list', () => {
  const linesOf = async (path: string): Promise<string> => {
    try {
      const { lines } = await openListFile(path, {})
      let count = 0
      for await (const _ of lines) count++
      return `${count} lines`
    } catch (error) {
      return (error as Error).message.replaceAll(folder, '')
    }
  }

  it('that is no list of UTF-8', async () => {
    expect(await linesOf(join(folder, 'folder.csv'))).toContain('is a folder')
    expect(await linesOf(join(folder, 'none.csv'))).toContain('there is no such file')
    expect(await linesOf(await file('u.csv', UTF16))).toContain('Excel: "CSV UTF-8"')
    expect(await linesOf(await file('u.ndjson', UTF16))).toContain('is in UTF-16')
    const sjis = Buffer.concat([Buffer.from('user_id,name\nu-1,'), SHIFT_JIS, Buffer.from('\n')])
    expect(await linesOf(await file('sjis.csv', sjis))).toMatch(
      /is not in UTF-8 .*on line 1 or after/,
    )
    expect(await linesOf(await file('fine.csv', '\uFEFFuser_id,name\nu-1,名前\n'))).toBe('1 lines')
  })
})

const tsugi = (args: readonly string[], url: string) =>
  runTsugi(args, { TSUGI_URL: url, TSUGI_TOKEN: 't', TSUGI_SECRET_KEY: 's' })

describe('an address', () => {
  const servers: Server[] = []
  const serving = async (type: string, body: string, status = 200): Promise<string> => {
    const server = createServer((_, answer) => {
      answer.writeHead(status, { 'content-type': type }).end(body)
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  afterAll(() => servers.forEach((server) => server.close()))

  it('at which something else answers, or nothing', async () => {
    const page = '<!doctype html><style>b{}</style><title>Shop</title>\n<b>Hello</b>'
    const people = await file('people.csv', 'user_id\nu-1\n')
    const pages = await serving('text/html', page)
    const json = await serving('application/json', '{"ok":true}')
    const gone = await serving('text/html', page, 404)
    for (const [url, said] of [
      [pages, '(200: Shop Hello)'],
      [json, '(200)'],
      [gone, '(404: Shop Hello)'],
    ] as const) {
      const { code, err } = await tsugi(['status'], url)
      expect([code, err]).toEqual([3, expect.stringContaining(`no Tsugi worker ${said}`)])
    }
    const away = await tsugi(['status'], await serving('text/html', page, 502))
    expect([away.code, away.err]).toEqual([3, expect.stringContaining('says 502: Shop Hello.')])
    const list = await tsugi(['decide-list', people, 'hero'], pages)
    expect([list.code, list.err]).toEqual([3, expect.stringContaining('no Tsugi worker (200')])
    const none = await tsugi(['status'], 'http://127.0.0.1:1')
    expect([none.code, none.err]).toEqual([3, expect.stringMatching(/No answer.*npm start/s)])
  })

  it('at which something hostile answers: its page is read once', () => {
    const gone = new Response('', { status: 404 })
    for (const piece of ['<script', '<', '<style></sty']) {
      const { message } = answeredByAnother('http://x', gone, `Hello ${piece.repeat(1_000_000)}`)
      expect(message).toBe('Something else answers at http://x, no Tsugi worker (404: Hello).')
    }
  })

  it('an output that cannot be written', async () => {
    const people = await file('some.csv', 'user_id\nu-1\n')
    const args = ['decide-list', people, 'hero', '--output', folder]
    const { code, err } = await tsugi(args, 'http://127.0.0.1:1')
    expect([code, err]).toEqual([2, expect.stringContaining('it is a folder')])
  })

  it('what an output held before stays, where nobody decides anything new', async () => {
    const people = await file('asked.csv', 'user_id\nu-1\n')
    const before = await file('before.ndjson', 'what was decided yesterday\n')
    const args = ['decide-list', people, 'hero', '--output', before]
    expect((await tsugi(args, await serving('text/html', 'Shop'))).code).toBe(3)
    expect(await readFile(before, 'utf8')).toBe('what was decided yesterday\n')
    const line = { line: 2, profileId: null, decisions: {} }
    const told = `${JSON.stringify(line)}\n{"end":true}\n`
    const ended = await tsugi(args, await serving('application/x-ndjson', told))
    expect([ended.code, await readFile(before, 'utf8')]).toEqual([0, `${JSON.stringify(line)}\n`])
  })
})
