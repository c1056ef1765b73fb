/**
 * The lot: uniform, independent between experiments, and the same for one
 * person for ever. Over a million ids, by chi-squared. A hash has no luck: what
 * passes once passes always.
 */
import { describe, expect, it } from 'vitest'
import { armAt } from '../../worker/core/decision/assignment.ts'
import { fraction } from '../../worker/core/hash.ts'
import { decideAll, profileOf, releaseOf, type World } from './deciding.ts'

const PEOPLE = 1_000_000
const device = (i: number): string => `anonymous_id:${i.toString(16).padStart(8, '0')}-33d2-4c5e`
const DEVICES = Array.from({ length: PEOPLE }, (_, i) => device(i))
/** A million hashes take a second on a machine that has nothing else to do. */
const PATIENCE_MS = 240_000

/** Five standard deviations above the mean of a chi-squared of so many degrees of freedom. */
const limit = (freedom: number): number => freedom + 5 * Math.sqrt(2 * freedom)

const chiSquared = (counts: readonly number[], expected: number): number =>
  counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)

const BINS = 100
const bin = (seed: string, i: number, bins = BINS): number =>
  Math.floor(fraction(seed, DEVICES[i]!) * bins)

const zeros = (n: number): number[] => Array.from({ length: n }, () => 0)

describe('the lot, over a million people', () => {
  it(
    'is uniform, whatever the seed',
    () => {
      for (const seed of ['welcome', 'welcome-2', 'holdout:$holdout', 'traffic:welcome', '試し']) {
        const counts = zeros(BINS)
        for (let i = 0; i < PEOPLE; i++) counts[bin(seed, i)]!++
        expect(chiSquared(counts, PEOPLE / BINS)).toBeLessThan(limit(BINS - 1))
      }
    },
    PATIENCE_MS,
  )

  it(
    'of one experiment says nothing of that of another, nor traffic of the arm',
    () => {
      const pairs = [
        ['welcome', 'welcome-2'],
        ['a', 'b'],
        ['traffic:welcome', 'welcome'],
        ['group:home', 'welcome'],
        ['holdout:$holdout', 'holdout:$holdout:hero'],
      ] as const
      for (const [one, other] of pairs) {
        const counts = zeros(100)
        for (let i = 0; i < PEOPLE; i++) counts[bin(one, i, 10) * 10 + bin(other, i, 10)]!++
        // Both margins are uniform, so 9 × 9 are free.
        expect(chiSquared(counts, PEOPLE / 100)).toBeLessThan(limit(81))
      }
    },
    PATIENCE_MS,
  )

  it(
    'is drawn afresh: who was in one arm of the last experiment is spread over all of the next',
    () => {
      const counts = zeros(20)
      let treated = 0
      for (let i = 0; i < PEOPLE; i++) {
        if (fraction('spring', DEVICES[i]!) >= 0.2) continue
        treated++
        counts[bin('summer', i, 20)]!++
      }
      expect(chiSquared(counts, treated / 20)).toBeLessThan(limit(19))
    },
    PATIENCE_MS,
  )

  it('has teeth: the same seed for both would be seen at once', () => {
    const counts = zeros(100)
    for (let i = 0; i < 10_000; i++) counts[bin('a', i, 10) * 10 + bin('a', i, 10)]!++
    expect(chiSquared(counts, 100)).toBeGreaterThan(limit(81))
  })
})

const world = (experiments: World['experiments']): World => ({
  placements: [{ key: 'hero', name: 'Hero', fields: {} }],
  actions: ['plain', 'bold'].map((key) => ({ key, name: key, content: {} })),
  policies: ['one', 'two'].map((key) => ({ key, candidates: [{ action: 'plain' }] })),
  ...(experiments === undefined ? {} : { experiments }),
})
const experiment = (key: string, policy: string, over: object = {}) => ({
  key,
  name: key,
  arms: [
    { key: 'a', weight: 1 },
    { key: 'b', weight: 3, actions: { [policy]: 'bold' } },
  ],
  ...over,
})

describe('arms', () => {
  it('get people by their weights', () => {
    const release = releaseOf(world([experiment('one', 'one')]))
    const { variation } = release.placements.get('hero')!.policies[0]!
    const counts: Record<string, number> = {}
    for (let i = 0; i < 100_000; i++) {
      const { key } = armAt(variation!.experiment, device(i))
      counts[key] = (counts[key] ?? 0) + 1
    }
    // Five standard deviations: sqrt(100000 × 0.25 × 0.75) = 137.
    expect(Math.abs(counts['a']! - 25_000)).toBeLessThan(685)
  })

  it('of experiments in one group never meet, and together leave nobody out', () => {
    const release = releaseOf(
      world([
        experiment('one', 'one', { group: { key: 'home', from: 0, until: 0.3 } }),
        experiment('two', 'two', { group: { key: 'home', from: 0.3, until: 1 } }),
      ]),
    )
    const policies = release.placements.get('hero')!.policies
    let first = 0
    for (let i = 0; i < 20_000; i++) {
      const profile = profileOf({ splitKey: device(i) }, release, 0)
      const taking = policies.map((policy) => {
        const alone = { ...release.placements.get('hero')!, policies: [policy] }
        const only = { ...release, placements: new Map([['hero', alone]]) }
        return decideAll(only, profile, {}).decisions[0]!.drawn.length
      })
      expect(taking[0]! + taking[1]!).toBe(1)
      first += taking[0]!
    }
    // Five standard deviations: sqrt(20000 × 0.3 × 0.7) = 65.
    expect(Math.abs(first - 6000)).toBeLessThan(325)
  })

  it('traffic takes its part of the people, and the arm of who stays in does not change with it', () => {
    const armsAt = (traffic: number): (string | undefined)[] => {
      const release = releaseOf(world([experiment('one', 'one', { traffic })]))
      return Array.from({ length: 5000 }, (_, i) => {
        const profile = profileOf({ splitKey: device(i) }, release, 0)
        return decideAll(release, profile, {}).decisions[0]!.variation?.arm.key
      })
    }
    const [some, more] = [armsAt(0.2), armsAt(0.6)]
    for (const [i, arm] of some.entries()) if (arm !== undefined) expect(more[i]).toBe(arm)
    const taking = some.filter((arm) => arm !== undefined).length
    // Five standard deviations: sqrt(5000 × 0.2 × 0.8) = 28.
    expect(Math.abs(taking - 1000)).toBeLessThan(142)
  })
})
