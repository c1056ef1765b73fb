/** The cases of test/core/cases/decisions*.json: one person, one request, what each placement shows. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../worker/contract/message.ts'
import { decidePlacement, type Decision } from '../../worker/core/decision/decide.ts'
import { explainer } from '../../worker/core/decision/explain.ts'
import { lineOf, replay } from '../../worker/core/decision/replay.ts'
import { recorder } from '../../worker/core/decision/tape.ts'
import type { Profile } from '../../worker/core/profile/profile.ts'
import type { Release } from '../../worker/core/release/release.ts'
import { inDocument } from '../../worker/contract/fault.ts'
import { checkDraft } from '../../worker/flow/publish.ts'
import basics from './cases/decisions.json' with { type: 'json' }
import caps from './cases/decisions-caps.json' with { type: 'json' }
import channels from './cases/decisions-channels.json' with { type: 'json' }
import refused from './cases/decisions-refused.json' with { type: 'json' }
import formulas from './cases/decisions-formulas.json' with { type: 'json' }
import experiments from './cases/decisions-experiments.json' with { type: 'json' }
import { storedLine } from './stored-line.ts'
import {
  decideAll,
  draftOf,
  explainAll,
  nowOf,
  profileOf,
  questionOf,
  releaseOf,
  shown,
  type Case,
  type World,
} from './deciding.ts'

interface Suite {
  readonly theme: string
  readonly world: World
  readonly cases: readonly Case[]
}
const SUITES = [basics, caps, channels, experiments, formulas] as unknown as readonly Suite[]

/** A case adds to the world of its suite. */
function worldOf(world: World, one: Case): World {
  const lists = [
    'placements',
    'segments',
    'aggregates',
    'goals',
    'campaigns',
    'tags',
    'actions',
    'experiments',
  ] as const
  const joined = lists.map((list) => [list, [...(world[list] ?? []), ...(one[list] ?? [])]])
  return {
    ...Object.fromEntries(joined),
    workspace: { ...world.workspace, ...one.workspace },
    policies: one.policies ?? [],
  }
}

/** Logged, written as JSON, and decided again from that alone. */
function replayed(release: Release, profile: Profile, one: Case): readonly Decision[] {
  const tape = recorder()
  const question = questionOf(release, profile, one, tape)
  const decisions = [one.placement ?? 'hero']
    .flat()
    .map((key) => decidePlacement(release.placements.get(key)!, question))
  const line = storedLine(lineOf(release, question, decisions, tape.answers))!
  expect(line).not.toBeNull()
  const plain = replay(release, line)
  const explained = replay(release, line, (asked) => explainer(release, asked).witness)
  expect(explained).toEqual(plain)
  return plain!
}

const summaryOf = (decision: Decision) => ({
  ...decision,
  placement: decision.placement.key,
  policy: decision.policy?.key,
  drawn: decision.drawn.map(({ experiment, arm }) => [experiment.key, arm.key]),
})

for (const { theme, world, cases } of SUITES) {
  describe(theme, () => {
    it.each(cases)('$name', (one) => {
      const release = releaseOf(worldOf(world, one), one.stopped)
      const profile = profileOf(one, release, nowOf(one))
      const { decisions, reasons } = decideAll(release, profile, one)
      expect(shown(decisions)).toEqual(one.expect)
      const [first] = decisions
      const [reason] = reasons
      if (one.because !== undefined) {
        expect(reason).toMatchObject({ kind: 'fallback', because: one.because })
      }
      if (one.notBefore !== undefined) expect(reason).toMatchObject({ notBefore: one.notBefore })
      if (one.arms !== undefined) {
        const drawn = (first?.drawn ?? []).map(({ experiment, arm }) => [experiment.key, arm.key])
        expect(Object.fromEntries(drawn)).toEqual(one.arms)
      }
      if (one.instead !== undefined) {
        expect(first?.instead.map(({ action }) => action.key)).toEqual(one.instead)
      }

      if (one.preview === undefined) {
        const again = replayed(release, profile, one)
        expect(again.map(summaryOf)).toEqual(decisions.map(summaryOf))
      }

      const explained = explainAll(release, profile, one)
      expect(explained.decisions).toEqual(decisions)
      if (one.stops === undefined) return
      const stops = explained.explanations.flatMap(({ placement, policies }) => [
        ...(placement === undefined ? [] : [['placement', placement.stoppedBy]]),
        ...policies.flatMap(({ policy, stoppedBy, actions }) => [
          [policy, stoppedBy],
          ...actions.map((a) => [a.action, a.stoppedBy]),
        ]),
      ])
      expect(Object.fromEntries(stops)).toMatchObject(one.stops)
    })
  })
}

const world = basics.world as unknown as World

describe('content', () => {
  it('speaks the visitor’s language where the action does', () => {
    const release = releaseOf({ ...world, policies: [{ candidates: [{ action: 'first' }] }] })
    const profile = profileOf({}, release, 0)
    const content = (language: string) =>
      decideAll(release, profile, { language }).decisions[0]?.choices[0]?.content
    expect(content('ja')).toEqual({ headline: '一番' })
    expect(content('fr')).toEqual({ headline: 'First' })
  })
})

describe('laws', () => {
  it('an action that is not eligible never changes the outcome', () => {
    const candidate = fc.record({
      action: fc.constantFrom('default', 'first', 'second', 'march', 'capped', 'once'),
      priority: fc.integer({ min: 0, max: 3 }),
    })
    fc.assert(
      fc.property(
        fc.uniqueArray(candidate, { selector: (c) => c.action, minLength: 1 }),
        fc.integer({ min: 0, max: 9 }),
        (candidates, priority) => {
          const of = (list: { action: string; priority: number }[]) => {
            const release = releaseOf({ ...world, policies: [{ limit: 2, candidates: list }] })
            return shown(decideAll(release, profileOf({}, release, 0), {}).decisions)
          }
          expect(of([...candidates, { action: 'tokyo', priority }])).toEqual(of(candidates))
        },
      ),
    )
  })

  it('weights are met: 30 : 70 over 20,000 people', () => {
    const arms = [
      { key: 'a', weight: 3, action: 'first' },
      { key: 'b', weight: 7, action: 'second' },
    ]
    const release = releaseOf({ ...world, policies: [{ placement: 'split', split: { arms } }] })
    let a = 0
    for (let i = 0; i < 20_000; i++) {
      const profile = profileOf({ splitKey: `anonymous_id:${i}` }, release, 0)
      const [decision] = decideAll(release, profile, { placement: 'split' }).decisions
      const arm = decision?.variation?.arm.key
      expect(decision?.choices[0]?.propensity).toBeCloseTo(arm === 'a' ? 0.3 : 0.7)
      if (arm === 'a') a++
    }
    // Five standard deviations of a binomial draw: sqrt(20000 × 0.3 × 0.7) = 64.8.
    expect(Math.abs(a - 6000)).toBeLessThan(324)
  })
})

interface Refused {
  readonly name: string
  readonly world: World
  readonly path: string
  readonly wrong: string
  readonly allowed?: string
}

describe('what publishing refuses', () => {
  const base = refused.world as unknown as World
  it.each(refused.cases as unknown as Refused[])('$name', async (refusal) => {
    const { world, path, wrong, allowed } = refusal
    const fault = { path, wrong, ...(allowed === undefined ? {} : { allowed }) }
    const checked = await checkDraft(
      draftOf({
        ...base,
        ...world,
        placements: [...(base.placements ?? []), ...(world.placements ?? [])],
        actions: [...(base.actions ?? []), ...(world.actions ?? [])],
      }),
      false,
    )
    expect(checked).toMatchObject({ ok: false, error: [fault] })
  })

  it('with the keys of what a path names by its place', async () => {
    const draft = draftOf({
      ...base,
      policies: [
        { key: 'fine', candidates: [{ action: 'plain' }] },
        { key: 'wrong', candidates: [{ action: 'plain' }, { action: 'plian' }] },
      ],
    })
    const checked = await checkDraft(draft, false)
    expect(checked).toMatchObject({
      error: [
        {
          path: 'policies[1].candidates[1].action',
          in: 'policy wrong',
          wrong: 'no action has the key "plian"',
          allowed: expect.stringMatching(/^"plain"\?/),
        },
      ],
    })
    const misspelt = { ...draft, segments: [{ key: 'pros', name: 'Pros', wen: {} }, { key: 7 }] }
    const refusal = await checkDraft(misspelt, false)
    const places = refusal.ok ? [] : refusal.error.map((fault) => [fault.path, fault.in])
    expect(places).toContainEqual(['segments[0].wen', 'segment pros'])
    expect(places).toContainEqual(['segments[1].key', undefined])
    expect(
      inDocument(
        { experiments: [{ key: 'banner', arms: [{ key: 'a' }, { key: 'b' }] }] },
        { path: 'experiments[0].arms[1].weight', wrong: 'is missing' },
      ).in,
    ).toBe('experiment banner, arm b')
  })

  it('not two experiments of one group that run at different times', async () => {
    const group = { key: 'home', from: 0, until: 1 }
    const experiment = (key: string, policy: string, schedule: JsonObject) => ({
      key,
      name: key,
      group,
      schedule,
      arms: [
        { key: 'a', weight: 1 },
        { key: 'b', weight: 1, actions: { [policy]: 'bold' } },
      ],
    })
    const policies = ['only', 'two'].map((key) => ({ key, candidates: [{ action: 'plain' }] }))
    const march = '2026-03-01T00:00:00Z'
    const experiments = [
      experiment('test', 'only', { until: march }),
      experiment('other', 'two', { from: march }),
    ]
    const checked = await checkDraft(draftOf({ ...base, policies, experiments }), false)
    expect(checked.ok).toBe(true)
  })
})

describe('the log line of a decision', () => {
  const policies = [{ candidates: [{ action: 'tokyo', priority: 1 }, { action: 'first' }] }]
  const lineFor = (one: World, asking: { language?: string } = {}) => {
    const release = releaseOf(one)
    const tape = recorder()
    const question = questionOf(release, profileOf({}, release, 0), asking, tape)
    const decision = decidePlacement(release.placements.get('hero')!, question)
    return { release, line: lineOf(release, question, [decision], tape.answers) }
  }

  it('knows nothing of the person but what was read', () => {
    const { line } = lineFor({ ...world, policies })
    expect(line).toMatchObject({ splitKey: 'anonymous_id:a', placements: ['hero'] })
    // Personalization was not refused; the person is not eligible for the first; the second asks nothing.
    expect(line.answers).toEqual({ order: 'ff', values: [] })
  })

  it('is not replayable where it would be longer than 4 KB', () => {
    const { release, line } = lineFor({ ...world, policies }, { language: 'x'.repeat(5000) })
    expect(line.answers).toBeNull()
    expect(replay(release, line)).toBeNull()
  })

  it.each(['x', '\u0001', '糸'])('is replayable up to the last byte of 4 KB: %j', (character) => {
    const weigh = (n: number) => {
      const { line } = lineFor({ ...world, policies }, { language: character.repeat(n) })
      const whole = JSON.stringify({ ...line, answers: { order: 'ff', values: [] } })
      return { fits: line.answers !== null, bytes: Buffer.byteLength(whole) }
    }
    const [{ bytes: none }, { bytes: one }] = [weigh(0), weigh(1)]
    const most = Math.floor((4096 - none) / (one - none))
    for (const n of [100, 300, most - 1, most, most + 1, most + 100, 2 * most]) {
      const { fits, bytes } = weigh(n)
      expect(fits, `${n}`).toBe(bytes <= 4096)
    }
  })

  it('says so where another release asks for more than was recorded', () => {
    const { line } = lineFor({ ...world, policies: [{ candidates: [{ action: 'first' }] }] })
    const other = releaseOf({ ...world, policies })
    expect(() => replay(other, line)).toThrow(RangeError)
  })
})
