/** Weights by the chance of being best, and draws by weights. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chancesOfBest, type Density } from '../../worker/core/learning/best.ts'
import { draw } from '../../worker/core/learning/draw.ts'
import {
  weightsOf,
  type Learner,
  type Rung,
  type Shares,
} from '../../worker/core/learning/model.ts'
import {
  NO_EVIDENCE,
  ratePosterior,
  valuePosterior,
  type Evidence,
} from '../../worker/core/learning/posterior.ts'
import { rungOf } from '../../worker/core/learning/rung.ts'
import { randomOf } from '../../worker/core/learning/random.ts'
import { expectCaught } from './teeth.ts'

const numRuns = Math.min(1000, Number(process.env['TSUGI_RUNS'] ?? 60))
const evidence = (exposures: number, rewarded: number): Evidence => ({
  exposures,
  rewarded,
  money: rewarded,
  squares: rewarded,
})
const rates = (all: readonly (readonly [number, number])[]): Density[] =>
  all.map(([n, k]) => ratePosterior(evidence(n, k), { mean: 0.5, strength: 2 }).density)

describe('the chance of being best', () => {
  const arms = fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: 2000 }), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([n, rate]) => [n, Math.round(n * rate)] as const),
    { minLength: 2, maxLength: 6, size: 'max' },
  )

  it('is what so many draws of the dice say', () => {
    const random = randomOf('dice')
    const DRAWS = 4000
    fc.assert(
      fc.property(arms, (all) => {
        const wins = all.map(() => 0)
        for (let i = 0; i < DRAWS; i++) {
          const drawn = all.map(([n, k]) => random.beta(1 + k, 1 + n - k))
          wins[drawn.indexOf(Math.max(...drawn))]!++
        }
        for (const [i, chance] of chancesOfBest(rates(all)).entries()) {
          // Four standard errors of the dice.
          const dice = wins[i]! / DRAWS
          expect(Math.abs(chance - dice)).toBeLessThan(0.004 + 4 * Math.sqrt(0.25 / DRAWS))
        }
      }),
      { numRuns },
    )
  })

  it('adds up to one, is equal for equals, and knows no order', () => {
    fc.assert(
      fc.property(arms, (all) => {
        const chances = chancesOfBest(rates(all))
        expect(chances.reduce((a, b) => a + b)).toBeCloseTo(1, 9)
        const turned = chancesOfBest(rates(all.toReversed())).toReversed()
        for (const [i, chance] of chances.entries()) expect(turned[i]).toBeCloseTo(chance, 9)
      }),
      { numRuns },
    )
    for (const n of [2, 3, 10, 64]) {
      for (const chance of chancesOfBest(
        rates(Array.from({ length: n }, () => [100, 7] as const)),
      )) {
        expect(chance).toBeCloseTo(1 / n, 6)
      }
    }
  })

  it('of two is known: nothing against nothing, and far ahead', () => {
    expect(
      chancesOfBest(
        rates([
          [0, 0],
          [0, 0],
        ]),
      ),
    ).toEqual([0.5, 0.5])
    const [behind, ahead] = chancesOfBest(
      rates([
        [100_000, 1000],
        [100_000, 1300],
      ]),
    )
    expect(behind).toBeLessThan(1e-6)
    expect(ahead).toBeGreaterThan(0.999999)
    // P(Beta(2,1) > Beta(1,2)) = 5/6
    expect(
      chancesOfBest(
        rates([
          [1, 1],
          [1, 0],
        ]),
      )[0],
    ).toBeCloseTo(5 / 6, 3)
  })

  it('of hundreds of actions, most of them hopeless', () => {
    const all = Array.from({ length: 300 }, (_, i) => [5000, i === 42 ? 400 : 50] as const)
    const chances = chancesOfBest(rates(all))
    expect(chances[42]).toBeGreaterThan(0.99999)
  })

  it('of money goes by its mean and by how sure it is', () => {
    const of = (exposures: number, money: number, squares: number) =>
      valuePosterior({ exposures, rewarded: 0, money, squares }, { mean: 0, strength: 1 }, 100)
        .density
    const [little, much] = chancesOfBest([of(1000, 1000, 101_000), of(1000, 3000, 109_000)])
    expect(much).toBeGreaterThan(0.99)
    expect(little).toBeLessThan(0.01)
    const [unsure, sure] = chancesOfBest([of(10, 10, 1010), of(10_000, 10_000, 1_010_000)])
    expect(unsure! + sure!).toBeCloseTo(1, 9)
    expect(unsure).toBeGreaterThan(0.3)
  })
})

const learner = (over: Partial<Learner> = {}): Learner => ({
  policy: 'p',
  goal: 'g',
  by: 'rate',
  after: 'impression',
  currency: '',
  actions: ['a', 'b', 'c'],
  leaves: [''],
  floor: 0.05,
  prior: { strength: 10 },
  halfLifeMs: Infinity,
  patienceMs: 0,
  refreshMs: 0,
  ...over,
})

interface Ladder {
  readonly shares: Shares
  readonly rungs: readonly Rung[]
}

describe('weights', () => {
  it('before anything is known are even', () => {
    expect(weightsOf(learner(), () => NO_EVIDENCE).leaves).toEqual({
      '': { a: 0.333334, b: 0.333333, c: 0.333333 },
    })
  })

  it('leave everybody the floor, and add up to one', () => {
    const { leaves: weights } = weightsOf(learner(), (_, action) =>
      evidence(10_000, action === 'b' ? 2000 : 100),
    )
    expect(weights['']).toEqual({ a: 0.05, b: 0.9, c: 0.05 })
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 3, maxLength: 3 }),
        fc.double({ min: 0, max: 0.2, noNaN: true }),
        (won, floor) => {
          const [leaf] = Object.values(
            weightsOf(learner({ floor }), (_, action) => evidence(500, won['abc'.indexOf(action)]!))
              .leaves,
          )
          const shares = Object.values(leaf!)
          expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 9)
          for (const share of shares) expect(share).toBeGreaterThanOrEqual(floor - 1e-6)
        },
      ),
      { numRuns },
    )
  })

  it('a floor beyond an even share is an even share', () => {
    const actions = Array.from({ length: 10 }, (_, i) => `a${i}`)
    const [leaf] = Object.values(
      weightsOf(learner({ actions, floor: 0.2 }), () => evidence(100, 3)).leaves,
    )
    expect(Object.values(leaf!)).toEqual(actions.map(() => 0.1))
  })

  it('each leaf learns its own, and one that knows nothing goes by the others', () => {
    const { leaves: weights } = weightsOf(
      learner({ leaves: ['young', 'old', ''], floor: 0 }),
      (leaf, action) =>
        leaf === ''
          ? NO_EVIDENCE
          : evidence(
              3000,
              (leaf === 'young') === (action === 'a') ? 400 : action === 'c' ? 30 : 100,
            ),
    )
    expect(weights['young']!['a']).toBeGreaterThan(0.999)
    expect(weights['old']!['b']).toBeGreaterThan(0.4)
    expect(weights['']!['c']).toBeLessThan(1 / 3)
  })

  it('without a leader are those of a policy that never had it', () => {
    const actions = ['a', 'b', 'c', 'd', 'e']
    const prior = { mean: 0.05, strength: 10 }
    const counts = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 5, maxLength: 5 })
    const same = (sharesWithout: (ladder: Ladder, barred: readonly string[]) => Shares) =>
      fc.property(counts, (won) => {
        const build = (left: readonly string[]) =>
          weightsOf(learner({ actions: left, prior, floor: 0.02 }), (_, action) =>
            evidence(1000, won[actions.indexOf(action)]!),
          )
        const { leaves, without } = build(actions)
        const rungs = without[''] ?? []
        const barred: string[] = []
        for (const { leader } of rungs) {
          const before = sharesWithout({ shares: leaves['']!, rungs }, barred)
          expect(before[leader]).toBeGreaterThan(0.5)
          barred.push(leader)
          const left = actions.filter((action) => !barred.includes(action))
          expect(sharesWithout({ shares: leaves['']!, rungs }, barred)).toEqual(
            build(left).leaves[''],
          )
        }
      })
    const byRung = ({ shares, rungs }: Ladder, barred: readonly string[]): Shares =>
      rungs[rungOf(rungs, (action) => !barred.includes(action))]?.shares ?? shares
    fc.assert(same(byRung), { numRuns })
    const sharedOut = ({ shares }: Ladder, barred: readonly string[]): Shares => {
      const left = Object.entries(shares).filter(([action]) => !barred.includes(action))
      const total = left.reduce((sum, [, share]) => sum + share, 0)
      return Object.fromEntries(left.map(([action, share]) => [action, share / total]))
    }
    expectCaught(same(sharedOut))
  })

  it('of equals need no rungs, and a long ladder has four', () => {
    expect(weightsOf(learner(), () => evidence(1000, 50)).without).toEqual({})
    const actions = Array.from({ length: 8 }, (_, i) => `a${i}`)
    const { without } = weightsOf(learner({ actions, floor: 0.01 }), (_, action) =>
      evidence(10_000, 4000 / 2 ** Number(action.slice(1))),
    )
    expect(without['']!.map(({ leader }) => leader)).toEqual(['a0', 'a1', 'a2', 'a3'])
    // A model of a thousand actions in a dozen situations is large enough without them.
    const many = Array.from({ length: 1000 }, (_, i) => `a${i}`)
    const situations = Array.from({ length: 12 }, (_, i) => `leaf ${i}`)
    const large = weightsOf(learner({ actions: many, leaves: situations, floor: 0 }), (_, action) =>
      evidence(1000, action === 'a7' ? 500 : 5),
    )
    expect(large.leaves['leaf 3']!['a7']).toBeGreaterThan(0.5)
    expect(large.without).toEqual({})
    const rungs = without['']!
    expect(rungOf(rungs, (action) => action === 'a2')).toBe(1)
    expect(rungOf(rungs, () => false)).toBe(3)
    expect(rungOf(undefined, () => true)).toBe(-1)
  })

  it('are the same for the same evidence', () => {
    const build = () => weightsOf(learner(), (_, action) => evidence(100, action === 'a' ? 9 : 7))
    expect(build()).toEqual(build())
  })
})

describe('drawing', () => {
  it('gives each its share, to the person the same as long as the seed is', () => {
    const left = [
      { item: 'a', weight: 0.7 },
      { item: 'b', weight: 0.2 },
      { item: 'c', weight: 0.1 },
    ]
    const counts: Record<string, number> = { a: 0, b: 0, c: 0 }
    const N = 50_000
    for (let i = 0; i < N; i++) counts[draw(left, 'learned:p:3', `person-${i}`)!.item]!++
    const chi = left.reduce(
      (sum, { item, weight }) => sum + (counts[item]! - N * weight) ** 2 / (N * weight),
      0,
    )
    // The 99.9% point with two degrees of freedom.
    expect(chi).toBeLessThan(13.8)
    expect(draw(left, 's', 'x')).toEqual(draw(left, 's', 'x'))
  })

  it('tells the probability among what was left', () => {
    const left = [
      { item: 'b', weight: 0.2 },
      { item: 'c', weight: 0.1 },
    ]
    fc.assert(
      fc.property(fc.string(), (person) => {
        const { item, propensity } = draw(left, 's', person)!
        expect(propensity).toBeCloseTo(item === 'b' ? 2 / 3 : 1 / 3, 12)
      }),
    )
    expect(
      draw(
        [
          { item: 'z', weight: 0 },
          { item: 'y', weight: 0 },
        ],
        's',
        'p',
      )?.propensity,
    ).toBe(0.5)
    expect(
      draw(
        [
          { item: 'z', weight: 1 },
          { item: 'y', weight: 0 },
        ],
        's',
        'p',
      )?.item,
    ).toBe('z')
    expect(draw([], 's', 'p')).toBeNull()
  })
})
