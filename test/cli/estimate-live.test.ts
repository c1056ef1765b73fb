/** `npm run tsugi -- estimate --live`: what a real worker drew, filed, and draws by now. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { WeightsAnswer } from '../../worker/contract/weights.ts'
import type { Model, PolicyModel } from '../../worker/core/learning/model.ts'
import type { OffPolicy } from '../../worker/core/learning/off-policy.ts'
import { startLocalWorker, type LocalWorker } from '../../scripts/local-worker.ts'
import { client, type Client } from '../conformance/site/client.ts'
import { configuration, SECRET_KEY, VARS } from '../conformance/site/configuration.ts'
import type { Ended } from '../support/program.ts'
import { runTsugi } from './tsugi.ts'

const PEOPLE = 150
const BASE = configuration([])

/** Only members can have the coat, which has nearly all weight. */
const CONFIGURATION = {
  workspace: BASE.workspace,
  sources: BASE.sources,
  goals: BASE.goals,
  placements: [{ key: 'shelf', name: 'Shelf', fields: { headline: 'text' } }],
  actions: [
    ...['coat', 'knit', 'linen'].map((key) => ({
      key,
      name: key,
      content: { headline: key },
      ...(key === 'coat' ? { when: { trait: 'member', eq: true } } : {}),
    })),
  ],
  policies: [
    {
      key: 'shelf-learns',
      name: 'Shelf learns',
      placement: 'shelf',
      candidates: ['coat', 'knit', 'linen'].map((action) => ({ action })),
      learned: {
        goal: 'order',
        contexts: [{ key: 'mobile', when: { context: 'device', eq: 'mobile' } }],
      },
    },
  ],
}

const own = (version: number, over: Partial<PolicyModel> = {}): PolicyModel => ({
  version,
  builtMs: Date.now(),
  goal: 'order',
  sinceHour: 0,
  leaves: {
    mobile: { coat: 0.2, knit: 0.3, linen: 0.5 },
    '': { coat: 0.8, knit: 0.15, linen: 0.05 },
  },
  without: { '': [{ leader: 'coat', shares: { knit: 0.4, linen: 0.6 } }] },
  ...over,
})

let folder: string
let worker: LocalWorker
let site: Client

async function writeModel(model: Model): Promise<void> {
  const db = await worker.database()
  await db
    .prepare('INSERT INTO model (version, body, created_ms) VALUES (?1, ?2, ?3)')
    .bind(model.version, JSON.stringify(model), Date.now())
    .run()
}

async function post(path: string, body: unknown, method = 'POST'): Promise<void> {
  const init: RequestInit = {
    method,
    headers: { authorization: `Bearer ${VARS.ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
  const response = await fetch(`${worker.url}/admin/v1${path}`, init)
  if (!response.ok) throw new Error(await response.text())
}

const send = async (batch: readonly object[]): Promise<void> => {
  for (let i = 0; i < batch.length; i += 50) {
    const answer = await site.post('/v1/batch', { batch: batch.slice(i, i + 50) })
    expect(answer.status).toBe(200)
  }
}

async function visits(): Promise<void> {
  const people = Array.from({ length: PEOPLE }, (_, i) => `u${i}`)
  await send(
    people.map((userId, i) => ({ type: 'identify', userId, traits: { member: i % 3 === 0 } })),
  )
  const seen: object[] = []
  const bought: object[] = []
  for (const [i, userId] of people.entries()) {
    const context = { device: i % 2 === 0 ? 'mobile' : 'desktop' }
    const { body } = await site.post('/v1/decide', { userId, placements: ['shelf'], context })
    const [{ decisionId, action }] = body.decisions.shelf.items
    seen.push({ type: 'track', userId, event: '$impression', properties: { decisionId } })
    if (i % (action === 'linen' ? 2 : 5) !== 0) continue
    const properties = { order_id: `o${i}`, amount: 1000 }
    bought.push({ type: 'track', userId, event: 'Order Completed', properties })
  }
  await send(seen)
  await send(bought)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tsugi-live-'))
  worker = await startLocalWorker({ stateFolder: join(folder, 'state'), vars: VARS })
  site = client(worker.url)
  await writeModel({ version: 1, policies: { 'shelf-learns': own(1) } })
  await post('/configuration', CONFIGURATION, 'PUT')
  await post('/releases', {})
  await visits()
  // The log of decisions is written a second after the last of them.
  const db = await worker.database()
  const decisions = async (): Promise<number> => {
    const row = await db
      .prepare(`SELECT count(*) AS n FROM outbox, json_each(body, '$.records') AS record
        WHERE record.value->>'type' = '$decision'`)
      .first<{ n: number }>()
    return row?.n ?? 0
  }
  await vi.waitFor(async () => expect(await decisions()).toBe(PEOPLE), 20_000)
  await worker.runScheduled()
}, 120_000)
afterAll(async () => {
  await worker.stop()
  await rm(folder, { recursive: true })
})

function estimate(args: readonly string[], over: Record<string, string> = {}): Promise<Ended> {
  const state = ['--state', join(folder, 'state'), '--patience', '0s']
  const environment = { TSUGI_URL: worker.url, TSUGI_TOKEN: VARS.ADMIN_TOKEN, ...over }
  return runTsugi(['estimate', ...args, ...state], environment)
}

interface Told {
  readonly listed: number
  readonly weights?: WeightsAnswer
  readonly strange?: readonly { context: string; decisions: number }[]
  readonly estimates: readonly {
    readonly target: string
    readonly found: OffPolicy
    readonly cautions: readonly { by: string }[]
  }[]
}
async function json(...args: string[]): Promise<Told> {
  const { code, out, err } = await estimate(['shelf-learns', ...args, '--json'])
  expect({ code, err }).toMatchObject({ code: 0 })
  return JSON.parse(out) as Told
}

it('the weights that drew the log are worth what it earned, whoever could not have the coat', async () => {
  const { estimates, listed, weights, strange } = await json('--live')
  expect(listed).toBe(PEOPLE)
  expect(weights).toMatchObject({ model: 1, version: 1, floor: 0.02 })
  expect(strange).toEqual([])
  expect(estimates.map(({ target }) => target)).toEqual([
    'live',
    'even',
    'always coat',
    'always knit',
    'always linen',
  ])
  const [live, even, coat] = estimates
  expect(live!.found.decisions).toBe(PEOPLE)
  // Logged propensities are rounded to millionths.
  expect(live!.found.ips.mean).toBeCloseTo(live!.found.logged.mean, 4)
  expect(live!.found.snips.mean).toBeCloseTo(live!.found.logged.mean, 4)
  expect(live!.found.greatestWeight).toBeCloseTo(1, 4)
  expect(live!.cautions).toEqual([])
  expect(live!.found.logged.mean).toBeGreaterThan(0.1)
  // Everybody can have an even draw of theirs; not everybody the coat.
  expect(even!.cautions.map(({ by }) => by)).not.toContain('mismatch')
  expect(coat!.cautions.map(({ by }) => by)).toContain('mismatch')
})

it('of shares of the same numbers is the same, where there is no leader to do without', async () => {
  const shares = own(2).leaves
  await writeModel({
    version: 2,
    policies: { 'shelf-learns': { ...own(2), without: {} } },
  })
  const file = join(folder, 'shares.json')
  await writeFile(file, JSON.stringify(shares))
  const { estimates } = await json('--live', '--shares', file)
  const [live, same] = estimates
  expect([live!.target, same!.target]).toEqual(['live', file])
  for (const name of ['ips', 'snips', 'dr', 'gain'] as const) {
    expect(live!.found[name].mean).toBeCloseTo(same!.found[name].mean, 9)
    expect(live!.found[name].standardError).toBeCloseTo(same!.found[name].standardError, 9)
  }
  // It is not what drew: whoever could not have the coat got the rung's.
  expect(live!.found.greatestWeight).toBeGreaterThan(1.1)
  const older = (await json('--model', '1')).estimates[0]!
  expect(older.target).toBe('model 1')
  expect(older.found.greatestWeight).toBeCloseTo(1, 4)
})

it('is told in words: what is drawn, what it would have earned, and how much more than it was', async () => {
  const { code, out, err } = await estimate(['shelf-learns', '--live'])
  expect({ code, err }).toMatchObject({ code: 0 })
  expect(out).toMatch(
    /^shelf-learns draws by model 2 of \d{4}-\d\d-\d\d \d\d:\d\d UTC, made for order; each action has at least 2\.0 %\./,
  )
  expect(out).toContain('mobile      linen 50.0 %, knit 30.0 %, coat 20.0 %')
  expect(out).toContain('(the rest)  coat 80.0 %, knit 15.0 %, linen 5.0 %')
  expect(out).toMatch(/\nlive,? .*\d+\.\d\d % \(/)
  expect(out).toMatch(
    /live, more than as it was: [+−]\d+\.\d\d % \([+−]\d+\.\d\d % to [+−]\d+\.\d\d %\) rewarded, doubly robust/,
  )
})

it('says what the weights are made for, where that is not what is asked', async () => {
  const { out } = await estimate(['shelf-learns', '--live', '--by', 'value'])
  expect(out).toContain(
    'The weights are made for another thing than is told here: how often, of order.',
  )
})

it.each<[string, string[], Record<string, string>, number, string]>([
  ['no such version', ['shelf-learns', '--model', '77'], {}, 1, 'those of 1 to 2 are kept'],
  ['a version that is none', ['shelf-learns', '--model', 'last'], {}, 2, 'a whole number from 1'],
  ['a policy that nobody knows', ['nothing', '--live'], {}, 1, 'those that learn are shelf-learns'],
  ['no right to ask', ['shelf-learns', '--live'], { TSUGI_TOKEN: 'x' }, 1, 'Check --token'],
  [
    'the key of a server',
    ['shelf-learns', '--live'],
    { TSUGI_TOKEN: SECRET_KEY },
    1,
    'TSUGI_TOKEN',
  ],
  [
    'nobody there',
    ['shelf-learns', '--live'],
    { TSUGI_URL: 'http://127.0.0.1:1' },
    3,
    'Is it running?',
  ],
])('%s: the way out', async (_name, args, over, code, said) => {
  const told = await estimate(args, over)
  expect(told).toMatchObject({ code, out: '' })
  expect(told.err).toContain(said)
})

it('without a worker the log alone is enough for the others', async () => {
  const { code, out } = await estimate(['shelf-learns', '--always', 'knit'], {
    TSUGI_URL: 'http://127.0.0.1:1',
  })
  expect(code).toBe(0)
  expect(out).toContain('always knit')
})

it('contexts that were given up count as the rest, and that is said', async () => {
  const { policies } = CONFIGURATION
  const flat = policies.map((policy) => ({ ...policy, learned: { goal: 'order' } }))
  await post('/configuration', { ...CONFIGURATION, policies: flat }, 'PUT')
  await post('/releases', {})
  const { out } = await estimate(['shelf-learns', '--live'])
  expect(out).toContain(
    `The policy has no context "mobile" any more: ${PEOPLE / 2} decisions count as those of the rest.`,
  )
})

it('before anything is learned it says that all are alike', async () => {
  const alike = { coat: 1 / 3, knit: 1 / 3, linen: 1 / 3 }
  await writeModel({
    version: 3,
    policies: { 'shelf-learns': own(3, { leaves: { '': alike }, without: {} }) },
  })
  const even = await estimate(['shelf-learns', '--live'])
  expect(even.out).toContain('Nothing tells its actions apart yet: they are alike.')
  await writeModel({ version: 4, policies: {} })
  const unknown = await estimate(['shelf-learns', '--live'])
  expect(unknown.out).toContain('Model 4 does not know shelf-learns yet')
  await (await worker.database()).prepare('DELETE FROM model').run()
  const none = await estimate(['shelf-learns', '--live'])
  expect(none).toMatchObject({ code: 0 })
  expect(none.out).toContain('Nothing is learned yet: there is no model')
  const { estimates } = await json('--live')
  const [live, other] = estimates
  expect(live!.found.ips.mean).toBeCloseTo(other!.found.ips.mean, 12)
}, 180_000)
