/** `npm run tsugi -- estimate` over a bucket whose truth is known. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../worker/contract/message.ts'
import { offPolicy, type LoggedDecision } from '../../worker/core/learning/off-policy.ts'
import { randomOf } from '../../worker/core/learning/random.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { encodeBatch } from '../../worker/warehouse/encode-batch.ts'
import { ROOT, runTsugi } from './tsugi.ts'

const HOUR_MS = Date.UTC(2026, 2, 1, 9)
const RATES: Record<string, Record<string, number>> = {
  young: { knit: 0.3, linen: 0.1 },
  '': { knit: 0.05, linen: 0.2 },
}
const PROPENSITIES: Record<string, Record<string, number>> = {
  young: { knit: 0.5, linen: 0.5 },
  '': { knit: 0.8, linen: 0.2 },
}

const records: EventRecord[] = []
const log: LoggedDecision[] = []

function add(profileId: string, over: Partial<EventRecord>): void {
  const atMs = HOUR_MS + records.length
  records.push({
    type: 'track',
    messageId: `m${records.length}`,
    source: 'shop',
    profileId,
    epoch: 1,
    timestampMs: atMs,
    receivedAtMs: atMs,
    originalTimestampMs: null,
    sentAtMs: null,
    ...over,
  })
}
const shown = (exposure: string, over: JsonObject): Partial<EventRecord> => ({
  event: '$impression',
  properties: {
    exposure,
    decision: exposure,
    placement: 'hero',
    policy: 'learns',
    position: 0,
    atMs: HOUR_MS,
    epoch: 1,
    ...over,
  },
})
const reward = (exposure: string, over: JsonObject): Partial<EventRecord> => ({
  type: '$reward',
  properties: { exposure, goal: 'order', first: true, refund: false, ...over },
})

/** People decide twice; what must not count stands between. */
function generate(): void {
  const random = randomOf('estimate')
  for (let i = 0; i < 3000; i++) {
    const person = `p${i % 1500}`
    const exposure = `x${i}`
    const context = random.uniform() < 0.5 ? 'young' : ''
    const action = random.uniform() < PROPENSITIES[context]!['knit']! ? 'knit' : 'linen'
    const propensity = PROPENSITIES[context]![action]!
    const leaf = context === '' ? {} : { leaf: context }
    add(person, shown(exposure, { action, propensity, ...leaf }))
    // Lower in the list, clicked, too late, for a look at a preview, by somebody else, nothing of ours.
    add(person, shown(`second ${i}`, { action: 'linen', propensity: 0.1, position: 1, ...leaf }))
    if (i % 9 === 0) {
      add(person, { ...shown(exposure, { action, propensity, ...leaf }), event: '$click' })
      add(person, { ...shown(`late ${i}`, { action: 'knit', propensity: 0.5 }), late: true })
      add(person, { ...shown(`seen ${i}`, { action: 'knit', propensity: 1 }), preview: true })
      add(person, shown(`other ${i}`, { policy: 'other', action: 'knit', propensity: 1 }))
      add(person, shown(`own ${i}`, { propensity: 0.3 }))
      // Of an experiment over the policy: drawn by its arms, or by both.
      add(person, shown(`arm ${i}`, { action: 'knit', propensity: 0.1, arm: 'b', model: 3 }))
    }
    const rewarded = random.uniform() < RATES[context]![action]!
    if (rewarded) {
      add(person, reward(exposure, { value: 1000, currency: 'JPY' }))
      add(person, reward(exposure, { value: 500, currency: 'JPY', first: false }))
      if (i % 4 === 0) {
        const back = { value: -200, currency: 'JPY', first: false, refund: true }
        add(person, reward(exposure, back))
      }
    }
    if (i % 7 === 0) add(person, reward(exposure, { goal: 'lead' }))
    log.push({ context, action, propensity, person, reward: rewarded ? 1 : 0 })
  }
  for (let i = 0; i < 4; i++) add('p1', shown(`none ${i}`, { action: 'knit' }))
}

let folder: string
beforeAll(async () => {
  generate()
  folder = await mkdtemp(join(tmpdir(), 'tsugi-estimate-'))
  const entries = records.map((record, i) => ({
    seq: i + 1,
    receivedMs: record.receivedAtMs,
    body: JSON.stringify({ v: 1, records: [record] }),
  }))
  const range = { fromSeq: 1, toSeq: entries.length, hourMs: HOUR_MS, entries: entries.length }
  const { batch, file } = await encodeBatch('d1', range, pageOf(entries))
  await mkdir(dirname(join(folder, batch.path)), { recursive: true })
  await writeFile(join(folder, batch.path), file)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function* pageOf<T>(page: readonly T[]) {
  yield page
}

const estimate = (args: readonly string[], input = '', bucket = folder) =>
  runTsugi(['estimate', ...args, '--bucket', bucket], {}, { cwd: ROOT, input })
interface Told {
  readonly unusable: number
  readonly estimates: readonly {
    readonly target: string
    readonly found: Record<
      'dr' | 'snips' | 'ips' | 'logged',
      { mean: number; standardError: number }
    > & {
      decisions: number
      people: number
    }
    readonly cautions: readonly { by: string }[]
  }[]
}
const json = async (...args: string[]): Promise<Told> => {
  const { out, err, code } = await estimate([...args, '--json'])
  expect({ code, err }).toMatchObject({ code: 0 })
  return JSON.parse(out) as Told
}

describe('an estimate', () => {
  it('is of first places that were seen, in time, and by people', async () => {
    const told = await json('learns', '--goal', 'order')
    expect(told.unusable).toBe(4)
    expect(told.estimates.map(({ target }) => target)).toEqual([
      'even',
      'always knit',
      'always linen',
    ])
    for (const { target, found } of told.estimates) {
      const shares: Record<string, number> =
        target === 'even' ? { knit: 0.5, linen: 0.5 } : { [target.slice(7)]: 1 }
      const expected = offPolicy(log, () => shares)!
      expect([found.decisions, found.people]).toEqual([3000, 1500])
      for (const name of ['logged', 'ips', 'snips'] as const) {
        expect(found[name].mean).toBeCloseTo(expected[name].mean, 9)
        expect(found[name].standardError).toBeCloseTo(expected[name].standardError, 9)
      }
      const worth = (['young', ''] as const).reduce(
        (sum, context) =>
          sum +
          0.5 * ['knit', 'linen'].reduce((s, a) => s + (shares[a] ?? 0) * RATES[context]![a]!, 0),
        0,
      )
      expect(Math.abs(found.dr.mean - worth)).toBeLessThan(4 * found.dr.standardError)
    }
  })

  it('of shares by context, from a file or standard input', async () => {
    const best = JSON.stringify({ young: { knit: 1 }, '': { linen: 1 } })
    const { out, code } = await estimate(
      ['learns', '--goal', 'order', '--shares', '-', '--json'],
      best,
    )
    expect(code).toBe(0)
    const [own] = (JSON.parse(out) as Told).estimates
    expect(Math.abs(own!.found.dr.mean - 0.25)).toBeLessThan(4 * own!.found.dr.standardError)
    expect(own!.cautions).toEqual([])
  })

  it('of money: what was paid, less what was paid back', async () => {
    const { estimates } = await json(
      'learns',
      '--goal',
      'order',
      '--by',
      'value',
      '--always',
      'knit',
    )
    const paid = log.reduce((sum, { reward: one }, i) => sum + one * (i % 4 === 0 ? 1300 : 1500), 0)
    expect(estimates[0]!.found.logged.mean).toBeCloseTo(paid / log.length, 6)
  })

  it('is told in words, with stars at what is not to be believed', async () => {
    const { out, code, err } = await estimate([
      'learns',
      '--goal',
      'order',
      '--always',
      'knit',
      'coat',
    ])
    expect(code).toBe(0)
    expect(out).toContain('learns, goal order: 3,000 decisions seen by 1,500 people')
    expect(out).toMatch(/always knit +\d+\.\d\d % \(\d+\.\d\d % to \d+\.\d\d %\)/)
    expect(out).toContain('always coat *')
    expect(out).toContain('* always coat: 100.0 % of what it would show was never shown (coat')
    expect(out).toContain('4 decisions have no propensity, and are left out.')
    expect(err).toContain('3,000 decisions read')
  })

  it.each<[string, string[], number, string]>([
    ['a policy that nobody saw', ['nothing'], 1, 'There are: learns ('],
    ['a name that means more in SQL', [`x' OR 1=1 --`], 1, 'There are: learns ('],
    ['two goals', ['learns'], 2, 'Which goal? --goal order, --goal lead'],
    ['no time', ['learns', '--goal', 'order', '--from', '2030-01-01'], 1, '--patience 0s'],
    ['a duration that is none', ['learns', '--goal', 'order', '--patience', 'soon'], 2, '"soon"'],
    ['money there is none of', ['learns', '--goal', 'lead', '--by', 'value'], 2, '--by rate'],
    [
      'a file that is not there',
      ['learns', '--shares', '/no/such.json'],
      2,
      'there is no such file',
    ],
  ])('%s: the way out', async (_name, args, code, said) => {
    const told = await estimate(args)
    expect(told).toMatchObject({ code, out: '' })
    expect(told.err).toContain(said)
  })

  it.each([
    ['{"knit": 0.5}', 'add up to 0.5, not to 1'],
    ['{"knit": 2, "linen": -1}', 'expected shares from 0 to 1'],
    ['{"young": {"knit": 1}}', 'no "" for the rest'],
    ['knit', 'is not JSON'],
  ])('shares %s are refused', async (shares, said) => {
    const told = await estimate(['learns', '--goal', 'order', '--shares', '-'], shares)
    expect(told.code).toBe(2)
    expect(told.err).toContain(said)
  })

  it('of an empty bucket: there is no file', async () => {
    const { code, err } = await estimate(['learns'], '', join(folder, 'nowhere'))
    expect(code).toBeGreaterThan(0)
    expect(err).toContain('nowhere')
  })
})
