/** Shares as they are drawn, and what the weights of another day would have earned of people who cannot have everything. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decidePlacement } from '../../worker/core/decision/decide.ts'
import { survivors } from '../../worker/core/decision/survivors.ts'
import { cautionsOf } from '../../worker/core/learning/caution.ts'
import { drawnShares, type Weights } from '../../worker/core/learning/drawn-shares.ts'
import {
  offPolicy,
  type LoggedDecision,
  type TargetPolicy,
} from '../../worker/core/learning/off-policy.ts'
import { randomOf } from '../../worker/core/learning/random.ts'
import { profileOf, questionOf, releaseOf } from './deciding.ts'

const ACTIONS = ['coat', 'knit', 'linen', 'scarf']
const MANY = { minLength: 4, maxLength: 4 } as const

const release = releaseOf({
  goals: [{ key: 'order', name: 'Order', event: 'Order Completed' }],
  placements: [{ key: 'hero', name: 'Hero', fields: { headline: 'text' } }],
  actions: ACTIONS.map((key) => ({
    key,
    name: key,
    content: { headline: key },
    when: { not: { trait: `no-${key}`, eq: true } },
  })),
  policies: [
    {
      candidates: ACTIONS.map((action) => ({ action })),
      learned: {
        goal: 'order',
        contexts: [{ key: 'mobile', when: { context: 'device', eq: 'mobile' } }],
      },
    },
  ],
})

interface Visitor {
  readonly barred: readonly boolean[]
  readonly isMobile: boolean
  readonly reward: number
}

/** Lists are the log's own: equal ones are one. */
const lists = new Map<string, readonly string[]>()

/** What the engine draws, as a log would have it; nobody who cannot have anything. */
function drawn(visitors: readonly Visitor[], weights: Weights): LoggedDecision[] {
  const models = {
    version: 3,
    policies: { only: { version: 3, builtMs: 0, goal: 'order', sinceHour: 0, ...weights } },
  }
  return visitors.flatMap(({ barred, isMobile, reward }, i): LoggedDecision[] => {
    const traits = Object.fromEntries(
      ACTIONS.map((key, nth) => [`no-${key}`, barred[nth] === true]),
    )
    const profile = profileOf({ splitKey: `anonymous_id:${i}`, traits }, release, 0)
    const context = { device: isMobile ? 'mobile' : 'desktop' }
    const left = survivors()
    const { choices, learned } = decidePlacement(
      release.placements.get('hero')!,
      questionOf(release, profile, { context }, null, models),
      left.witness,
    )
    const [first] = choices
    if (first === undefined) return []
    const keys = [...left.under('only')].sort()
    const candidates = lists.get(keys.join()) ?? keys
    lists.set(keys.join(), candidates)
    const { action, propensity } = first
    return [{ context: learned!.leaf, action: action.key, propensity, reward, candidates }]
  })
}

const shares = (keys: readonly string[]) =>
  fc
    .array(fc.integer({ min: 1, max: 97 }), { minLength: keys.length, maxLength: keys.length })
    .map((parts) => {
      const total = parts.reduce((sum, part) => sum + part, 0)
      return Object.fromEntries(keys.map((key, i) => [key, (parts[i] as number) / total]))
    })
/** Of the leaf's leader and, without it, of the next one. */
const rungs = fc.shuffledSubarray(ACTIONS, { minLength: 2, maxLength: 2 }).chain(([a, b]) => {
  const without = (...gone: unknown[]) => ACTIONS.filter((key) => !gone.includes(key))
  return fc.tuple(shares(without(a)), shares(without(a, b))).map(([first, second]) => [
    { leader: a as string, shares: first },
    { leader: b as string, shares: second },
  ])
})
const weightsArbitrary: fc.Arbitrary<Weights> = fc.record({
  leaves: fc.record({ mobile: shares(ACTIONS), '': shares(ACTIONS) }),
  without: fc.record({ mobile: rungs }),
})
const visitor: fc.Arbitrary<Visitor> = fc.record({
  barred: fc.array(fc.boolean(), MANY),
  isMobile: fc.boolean(),
  reward: fc.integer({ min: -5, max: 100 }),
})
const visitors = fc.array(visitor, { minLength: 1, maxLength: 60, size: 'max' })

const byDraw =
  (weights: Weights): TargetPolicy =>
  (context, candidates = ACTIONS) =>
    drawnShares(weights, context, ACTIONS.length, candidates)

describe('the weights that drew a log', () => {
  const ofOwnLog = (policyOf: (weights: Weights) => TargetPolicy) =>
    fc.property(weightsArbitrary, visitors, (weights, seen) => {
      const log = drawn(seen, weights)
      fc.pre(log.length > 0)
      const { ips, snips, logged, weight, greatestWeight } = offPolicy(log, policyOf(weights))!
      expect(ips.mean).toBeCloseTo(logged.mean, 8)
      expect(snips.mean).toBeCloseTo(logged.mean, 8)
      expect(weight.mean).toBeCloseTo(1, 9)
      expect(greatestWeight).toBeCloseTo(1, 9)
    })

  it('are worth what it earned, whatever anybody could not have', () => {
    fc.assert(ofOwnLog(byDraw), { numRuns: 60 })
  })

  it.each<[string, (weights: Weights) => TargetPolicy]>([
    ['what people could have is forgotten', (weights) => (context) => byDraw(weights)(context)],
    [
      'who cannot have the leader is drawn for by the weights of all',
      ({ leaves }) => byDraw({ leaves }),
    ],
    [
      'the context is forgotten',
      (weights) =>
        (_, ...rest) =>
          byDraw(weights)('', ...rest),
    ],
  ])('not where %s', (_, broken) => {
    expect(() =>
      fc.assert(ofOwnLog(broken), { numRuns: 200, seed: 7, endOnFailure: true }),
    ).toThrow()
  })
})

describe('shares of a draw', () => {
  it('are one together, and nobody’s who is not there', () => {
    fc.assert(
      fc.property(
        weightsArbitrary,
        fc.constantFrom('mobile', '', 'gone'),
        fc.subarray([...ACTIONS, 'new'], { minLength: 1 }),
        (weights, leaf, canHave) => {
          const told = drawnShares(weights, leaf, ACTIONS.length + 1, canHave)
          expect(Object.keys(told)).toEqual(canHave)
          expect(Object.values(told).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9)
        },
      ),
    )
  })

  it('are even before there are weights, and for what the weights do not know', () => {
    expect(drawnShares(undefined, '', 4, ['knit', 'linen'])).toEqual({ knit: 0.5, linen: 0.5 })
    const weights = { leaves: { '': { knit: 0.75, linen: 0.25 } } }
    expect(drawnShares(weights, 'another', 2, ['knit', 'linen'])).toEqual({ knit: 0.5, linen: 0.5 })
    // A third of all weight beside one: a quarter of the draws.
    expect(drawnShares(weights, '', 3, ['knit', 'linen', 'new'])['new']).toBeCloseTo(0.25, 9)
    expect(drawnShares(weights, '', 2, [])).toEqual({})
  })

  it('are not of what an object has by nature', () => {
    const told = drawnShares({ leaves: {} }, 'constructor', 2, ['toString', '__proto__'])
    expect(told['toString']).toBe(0.5)
  })
})

describe('weights of today over a log of other weights', () => {
  // Members, one in four, like the coat, which nobody else can have; the others like the knit.
  const RATES: Record<string, Record<string, number>> = {
    members: { coat: 0.4, knit: 0.1, linen: 0.1 },
    others: { knit: 0.2, linen: 0.05 },
  }
  const today: Weights = {
    leaves: { '': { coat: 0.9, knit: 0.05, linen: 0.05 } },
    without: { '': [{ leader: 'coat', shares: { knit: 0.9, linen: 0.1 } }] },
  }
  const listed: Record<string, readonly string[]> = {
    members: ['coat', 'knit', 'linen'],
    others: ['knit', 'linen'],
  }
  const policy: TargetPolicy = (context, candidates = listed['members']!) =>
    drawnShares(today, context, 3, candidates)
  const worth =
    0.25 * (0.9 * 0.4 + 0.1 * 0.1) + 0.75 * (0.9 * RATES['others']!['knit']! + 0.1 * 0.05)

  function log(n: number, seed: string): LoggedDecision[] {
    const random = randomOf(seed)
    return Array.from({ length: n }, () => {
      const kind = random.uniform() < 0.25 ? 'members' : 'others'
      const candidates = listed[kind]!
      const action = candidates[Math.floor(random.uniform() * candidates.length)]!
      const reward = random.uniform() < RATES[kind]![action]! ? 1 : 0
      return { context: '', action, propensity: 1 / candidates.length, reward, candidates }
    })
  }
  const forgetful = (decisions: readonly LoggedDecision[]): LoggedDecision[] =>
    decisions.map(({ context, action, propensity, reward }) => ({
      context,
      action,
      propensity,
      reward,
    }))

  it('come nearer to the truth the longer the log is', () => {
    const LOGS = 40
    const errorOf = (n: number, name: 'ips' | 'snips' | 'dr'): number =>
      Math.sqrt(
        Array.from({ length: LOGS }, (_, i) => {
          const found = offPolicy(log(n, `${n} of ${i}`), policy)![name]
          return (found.mean - worth) ** 2 / LOGS
        }).reduce((a, b) => a + b, 0),
      )
    for (const name of ['ips', 'snips', 'dr'] as const) {
      const [short, long] = [errorOf(200, name), errorOf(5000, name)]
      // Twenty-five times as many: a fifth, up to chance.
      expect(long).toBeLessThan(short / 3)
      expect(long).toBeLessThan(0.015)
    }
  })

  it('of whom nobody knows what they could have, do not, and say so', () => {
    const decisions = log(40_000, 'long')
    const told = offPolicy(decisions, policy)!
    expect(Math.abs(told.dr.mean - worth)).toBeLessThan(4 * told.dr.standardError)
    expect(cautionsOf(decisions, policy, told)).toEqual([])
    const guessed = offPolicy(forgetful(decisions), policy)!
    expect(Math.abs(guessed.snips.mean - worth)).toBeGreaterThan(0.05)
    expect(cautionsOf(forgetful(decisions), policy, guessed).map(({ by }) => by)).toContain(
      'mismatch',
    )
  })

  it('gain over the log what they are worth more, and are surer of it than of either', () => {
    const { gain, dr, logged } = offPolicy(log(20_000, 'gain'), policy)!
    expect(gain.mean).toBeCloseTo(dr.mean - logged.mean, 9)
    expect(gain.low).toBeGreaterThan(0)
    expect(gain.standardError).toBeLessThan(dr.standardError + logged.standardError)
  })
})
