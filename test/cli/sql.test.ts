/** SQL of the local bucket, as a newcomer asks it: `npm start` in one terminal, `npm run tsugi -- sql` in another. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { teller } from '../../cli/answer-teller.ts'
import { csvLine, jsonRow, tableText } from '../../cli/answer-text.ts'
import { freePort, start, stateFolder } from './npm-start.ts'
import { ROOT, runTsugi } from './tsugi.ts'

const sql = (args: readonly string[], environment: Record<string, string> = {}, input = '') =>
  runTsugi(['sql', ...args], environment, { cwd: ROOT, input })

test('an empty bucket tells what to do; then every event is there, while it runs and after a kill', async () => {
  const PORT = await freePort()
  const url = `http://127.0.0.1:${PORT}`
  const mine = { PORT, TSUGI_STATE: stateFolder() }
  const run = start({ PORT })
  await run.until('Ctrl-C ends.')
  const empty = await sql(['SELECT count(*) FROM events'], mine)
  expect(empty).toMatchObject({ code: 1, out: '' })
  expect(empty.err).toContain(`The bucket in ${stateFolder()} is empty: no event was filed yet.`)
  expect(empty.err).toContain('every 15 seconds')

  const batch = ['Product Viewed', 'Product Viewed', 'Order Completed'].map((event, n) => ({
    type: 'track',
    messageId: `sql-${n}`,
    anonymousId: 'a-1',
    event,
    properties: { n, name: 'ラムウール "白", XL' },
  }))
  const sent = await fetch(`${url}/v1/batch`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_demo' },
    body: JSON.stringify({ batch }),
  })
  expect(sent.status).toBe(200)
  await run.until('"batches":1,')

  const counts = `SELECT event, count(*) AS n, count(DISTINCT person_id) AS people
    FROM person_events WHERE type = 'track' GROUP BY ALL ORDER BY event`
  const table = await sql([counts], mine)
  expect(table).toEqual({
    code: 0,
    err: '(2 rows)\n',
    out: ['event            n  people', 'Order Completed  1  1', 'Product Viewed   2  1', ''].join(
      '\n',
    ),
  })
  expect(JSON.parse((await sql(['--json', counts], mine)).out)).toEqual([
    { event: 'Order Completed', n: 1, people: 1 },
    { event: 'Product Viewed', n: 2, people: 1 },
  ])

  const wrong = await sql(['SELECT price FROM events'], mine)
  expect(wrong).toMatchObject({ code: 1, out: '' })
  expect(wrong.err).toMatch(/column "price" not found[^]*LINE 1[^]*sql "DESCRIBE events"/)
  const nowhere = await sql(['--csv', 'FROM evnts'], mine)
  expect(nowhere.err).toMatch(/Did you mean "events"\?[^]*sql "SHOW TABLES"/)

  run.child.kill('SIGKILL')
  await run.exit()
  const csv = await sql(
    ['--csv', '-'],
    mine,
    `SELECT message_id, properties->>'name' FROM events WHERE type = 'track' ORDER BY 1 LIMIT 1`,
  )
  expect(csv.out).toBe(`message_id,(properties ->> 'name')\r\nsql-0,"ラムウール ""白"", XL"\r\n`)
})

describe('what it says where it has no answer', () => {
  const cases: [name: string, args: string[], code: number, says: RegExp][] = [
    ['no question', [], 2, /What is the question\? npm run tsugi -- sql "SELECT/],
    [
      'no folder',
      ['--state', '/nowhere/tsugi', 'SELECT 1'],
      2,
      /There is no local bucket in \/nowhere\/tsugi\. "npm start" makes one/,
    ],
    ['no copy', ['--bucket', '/nowhere', 'SELECT 1'], 2, /There is no folder \/nowhere/],
    ['two formats', ['--json', '--csv', 'SELECT 1'], 2, /cannot be used with/],
  ]
  test.each(cases)('%s', async (_, args, code, says) => {
    const said = await sql(args)
    expect(said).toMatchObject({ code, out: '' })
    expect(said.err).toMatch(says)
  })
})

describe('a copy of a bucket', () => {
  test('a folder without files is told; one with a broken file names it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tsugi-copy-'))
    try {
      const none = await sql(['--bucket', folder, 'SELECT 1'])
      expect(none).toMatchObject({ code: 1, out: '' })
      expect(none.err).toContain(`There is no file under ${folder}/events.`)
      const hour = join(folder, 'events/dt=2026-03-01/hour=09')
      await mkdir(hour, { recursive: true })
      await writeFile(join(hour, 'd1-1.parquet'), 'no parquet')
      const broken = await sql(['--bucket', folder, 'SELECT 1'])
      expect(broken).toMatchObject({ code: 1, out: '' })
      expect(broken.err).toContain('d1-1.parquet')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('text', () => {
  test('CSV as RFC 4180 has it', () => {
    expect(csvLine(['a', null, 'b "c"', 'd,e', 'f\r\ng', 1.5, { x: [1] }])).toBe(
      'a,,"b ""c""","d,e","f\r\ng",1.5,"{""x"":[1]}"',
    )
  })

  test('no cell of CSV is a formula, unless it is asked for', async () => {
    const told = async (format: 'csv' | 'raw'): Promise<[string, string[]]> => {
      const notes: string[] = []
      const output = new PassThrough()
      const { begin, rows, end } = teller(format, output, (line) => notes.push(line))
      await begin(['a', 'b', 'c'], ['VARCHAR', 'VARCHAR', 'DOUBLE'])
      await rows([
        ['=HYPERLINK("http://x";"y")', '@SUM(A1)', -1.5],
        ['+81901234567', '-2', null],
        ['+cmd|x', '\t=1', 2],
        ['－1+1', { '=': '=' }, 3],
      ])
      await end()
      return [String(output.read()), notes]
    }
    expect(await told('csv')).toEqual([
      `a,b,c\r\n"'=HYPERLINK(""http://x"";""y"")",'@SUM(A1),-1.5\r\n+81901234567,-2,\r\n'+cmd|x,'\t=1,2\r\n'－1+1,"{""="":""=""}",3\r\n`,
      [expect.stringContaining('5 cells begin as a formula does')],
    ])
    expect(await told('raw')).toEqual([
      `a,b,c\r\n"=HYPERLINK(""http://x"";""y"")",@SUM(A1),-1.5\r\n+81901234567,-2,\r\n+cmd|x,\t=1,2\r\n－1+1,"{""="":""=""}",3\r\n`,
      [],
    ])
  })

  test('numbers of many digits keep them', () => {
    const types = ['BIGINT', 'HUGEINT', 'DECIMAL(18,2)', 'VARCHAR']
    expect(
      jsonRow(['a', 'b', 'c', 'd'], types, ['12', '12345678901234567890', '1.50', '12']),
    ).toEqual({ a: 12, b: '12345678901234567890', c: 1.5, d: '12' })
  })

  test('a table has a line a row, whatever stands in it', () => {
    expect(
      tableText(
        ['a', 'b'],
        [
          ['x\ny', null],
          ['z'.repeat(70), { k: 1 }],
        ],
      ),
    ).toBe(`a${' '.repeat(61)}b\nx y${' '.repeat(59)}NULL\n${'z'.repeat(59)}…  {"k":1}`)
  })
})
