/** `tsugi decide-list` and `tsugi why` against a real worker: a run over a file, and one decision told. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { BulkDecision } from '../../worker/contract/bulk.ts'
import { client } from '../conformance/site/client.ts'
import { SECRET_KEY, VARS } from '../conformance/site/configuration.ts'
import { useSite } from './tsugi.ts'

const PLACEMENT = 'hero'

const site = useSite(VARS)

beforeAll(async () => {
  await client(site.worker.url).publish()
})

const tsugi = (...args: string[]) => site.tsugi(args, { TSUGI_SECRET_KEY: SECRET_KEY })

const decisionsIn = (text: string): BulkDecision[] =>
  text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as BulkDecision]))

test('a file of 2,500 people becomes 2,500 decisions, in its order', async () => {
  const file = join(site.folder, 'people.csv')
  const people = Array.from({ length: 2500 }, (_, i) => `u${i}`)
  await writeFile(file, ['user_id,name', ...people.map((id) => `${id},Somebody`)].join('\n'))
  const output = join(site.folder, 'decisions.ndjson')
  const { code, out, err } = await tsugi('decide-list', file, PLACEMENT, '--output', output)
  expect(err).toContain('Decided for 2500 people: 2500 of them unknown, 0 failed.')
  expect([code, out]).toEqual([0, ''])
  const decided = decisionsIn(await readFile(output, 'utf8'))
  // The header is line 1.
  expect(decided.map(({ line }) => line)).toEqual(people.map((_, i) => i + 2))
  expect(decided.every(({ decisions }) => PLACEMENT in decisions)).toBe(true)
})

test('lines that name nobody are told by their number, and the others are decided', async () => {
  const file = join(site.folder, 'some.ndjson')
  await writeFile(file, '{"user_id":"kei"}\n{"user_id":"null"}\nnonsense\n{"user_id":"yui"}\n')
  const { code, out, err } = await tsugi('decide-list', file, PLACEMENT)
  expect(decisionsIn(out).map(({ line }) => line)).toEqual([1, 4])
  expect(err).toContain('line 2: a user_id that stands for nobody (invalid_line)')
  expect(err).toContain('line 3: not JSON (invalid_line)')
  expect(code).toBe(1)
})

test('what is wrong is told before anything is decided', async () => {
  const file = join(site.folder, 'one.ndjson')
  await writeFile(file, '{"user_id":"kei"}\n')
  const wrongKey = await tsugi('decide-list', file, PLACEMENT, '--key', 'sk_wrong')
  expect([wrongKey.code, wrongKey.out]).toEqual([2, ''])
  expect(wrongKey.err).toContain('Check --key or TSUGI_SECRET_KEY')
  const nowhere = await tsugi('decide-list', file, 'nowhere')
  expect([nowhere.code, nowhere.out]).toEqual([1, ''])
  expect(nowhere.err).toContain('unknown_placement')
  for (const args of [
    [join(site.folder, 'none.csv'), PLACEMENT],
    [file],
    [file, PLACEMENT, '--at', 'soon'],
    [file, PLACEMENT, '--context', '{'],
  ]) {
    expect((await tsugi('decide-list', ...args)).code, args.join(' ')).toBe(2)
  }
})

test('why tells of one of them, in English, in Japanese and as JSON', async () => {
  const file = join(site.folder, 'one.ndjson')
  await writeFile(file, '{"user_id":"kei"}\n')
  const [decision] = decisionsIn((await tsugi('decide-list', file, PLACEMENT)).out)
  const answer = decision?.decisions[PLACEMENT]
  const id = answer?.items[0]?.decisionId ?? answer?.decisionId
  if (id === undefined) throw new Error('it has a decisionId')
  const english = await tsugi('why', id)
  expect(english.out).toContain('“Hero”')
  expect(english.out).toContain('Decided again from its log line: the same.')
  expect(english.code).toBe(0)
  const japanese = await tsugi('why', id, '--language', 'ja')
  expect(japanese.out).toContain('「メインビジュアル」')
  expect(japanese.out).toContain('ログから決め直した結果：同じです。')
  expect(JSON.parse((await tsugi('why', id, '--json')).out)).toMatchObject({ replay: 'same' })
  const forged = await tsugi('why', `${id}x`)
  expect([forged.code, forged.err]).toEqual([
    1,
    'The decisionId is not valid: not a decision of this deployment (invalid_decision_id)\n',
  ])
  expect((await tsugi('why', id, '--language', 'fr')).code).toBe(2)
  expect((await tsugi('why', id, '--token', 'wrong')).code).toBe(1)
})
