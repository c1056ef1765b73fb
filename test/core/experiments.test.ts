/** The cases of test/core/cases/experiments.json, and what must hold of results whatever the numbers. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NO_OUTCOME, outcomeOf } from '../../worker/core/experiment/outcome.ts'
import { experimentResults } from '../../worker/core/experiment/results.ts'
import { sampleRatio } from '../../worker/core/experiment/sample-ratio.ts'
import { differenceOf, margin, type Sample } from '../../worker/core/experiment/sequence.ts'
import { changeOf, sumRows, type Part, type TallyRow } from '../../worker/core/experiment/tally.ts'
import type { Hit } from '../../worker/core/goal/hit.ts'
import { randomOf } from '../../worker/core/learning/random.ts'
import suite from './cases/experiments.json' with { type: 'json' }

interface PersonCase {
  readonly times?: number
  readonly arm: string
  readonly first: string
  readonly crossed?: boolean
  readonly hits: readonly (readonly [
    at: string,
    detail?: { key?: string; amount?: number; currency?: string; refund?: boolean },
  ])[]
}

const hitOf = ([at, detail = {}]: PersonCase['hits'][number]): Hit => ({
  atMs: Date.parse(at),
  key: detail.key ?? '',
  micro: Math.round((detail.amount ?? 0) * 1e6),
  currency: detail.currency ?? '',
  refund: detail.refund ?? false,
})

function partOf({ arm, first, crossed = false, hits }: PersonCase): Part {
  const firstMs = Date.parse(first)
  return {
    experiment: 'x',
    arm,
    firstMs,
    crossed,
    outcomes: Object.fromEntries(
      suite.goals.map(({ goal, windowMs }) => [
        goal,
        outcomeOf(hits.map(hitOf), firstMs, windowMs),
      ]),
    ),
  }
}

const { control, arms, goals } = suite
const plan = { experiment: 'x', control, arms, goals }
const resultsOf = (rows: readonly TallyRow[]) =>
  experimentResults(plan, rows, Date.parse(suite.now))

/** Six decimals are enough to tell a wrong formula. */
const rounded = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, v: unknown) =>
      typeof v === 'number' && !Number.isInteger(v) ? Number(v.toFixed(6)) : v,
    ),
  )

describe('results of an experiment', () => {
  it.each(
    (suite.cases as unknown as { name: string; people: PersonCase[]; expect: object }[]).map(
      (one) => [one.name, one] as const,
    ),
  )('%s', (_, one) => {
    const parts = one.people.flatMap((person) =>
      Array.from({ length: person.times ?? 1 }, () => partOf(person)),
    )
    expect(rounded(resultsOf(changeOf([], parts)))).toMatchObject(one.expect)
  })

  it('leave other experiments alone', () => {
    const [row] = changeOf([], [partOf({ arm: 'a', first: suite.now, hits: [] })])
    expect(resultsOf([{ ...(row as TallyRow), experiment: 'y' }])).toEqual(resultsOf([]))
  })
})

const day = Date.parse('2026-03-01T00:00:00Z')
const hit = fc.record({
  atMs: fc.integer({ min: day - 3_600_000, max: day + 2 * 86_400_000 }),
  key: fc.constantFrom('', 'k1', 'k2'),
  micro: fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
  currency: fc.constantFrom('', 'EUR', 'JPY'),
  refund: fc.boolean(),
}) satisfies fc.Arbitrary<Hit>
const part = fc
  .record({
    arm: fc.constantFrom('a', 'b'),
    firstMs: fc.integer({ min: day, max: day + 86_400_000 }),
    crossed: fc.boolean(),
    hits: fc.array(hit, { maxLength: 6, size: 'max' }),
  })
  .map(({ hits, ...rest }): Part => ({
    experiment: 'x',
    ...rest,
    outcomes: { order: outcomeOf(hits, rest.firstMs, 86_400_000) },
  }))
const parts = fc.array(part, { maxLength: 12, size: 'max' })
const sorted = (rows: readonly TallyRow[]): unknown =>
  rounded(sumRows(rows).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)))

describe('tallies', () => {
  it('of hits in any order are equal', () => {
    const shuffled = fc
      .array(hit, { maxLength: 10, size: 'max' })
      .chain((hits) =>
        fc.tuple(
          fc.constant(hits),
          fc.shuffledSubarray(hits, { minLength: hits.length, maxLength: hits.length }),
        ),
      )
    const orderDoesNotMatter = (rule: typeof outcomeOf) =>
      fc.property(shuffled, ([one, other]) => {
        expect(rule(other, day, 86_400_000)).toEqual(rule(one, day, 86_400_000))
      })
    fc.assert(orderDoesNotMatter(outcomeOf))
    const lastWins: typeof outcomeOf = (hits, since, window) =>
      outcomeOf(
        [...new Map(hits.map((h) => [h.key + String(h.refund), h])).values()],
        since,
        window,
      )
    expect(() => fc.assert(orderDoesNotMatter(lastWins), { numRuns: 1000 })).toThrow()
  })

  it('telescope: the changes from nobody to these, and from these to those, add up to those', () => {
    fc.assert(
      fc.property(parts, parts, (these, those) => {
        const log = [...changeOf([], these), ...changeOf(these, those)]
        expect(sorted(log)).toEqual(sorted(changeOf([], those)))
      }),
    )
  })

  it('of nothing are nothing', () => {
    expect(changeOf([], [])).toEqual([])
    fc.assert(
      fc.property(parts, (people) => {
        expect(changeOf(people, people)).toEqual([])
      }),
    )
    expect(outcomeOf([], 0, 1)).toEqual(NO_OUTCOME)
  })
})

/** TSUGI_RUNS for the long form; a few hundred lives of an experiment tell a wrong formula. */
const LIVES = Math.min(2000, Number(process.env['TSUGI_RUNS'] ?? 300))

interface World {
  readonly rates: readonly [control: number, treatment: number]
  /** Of the treatment. */
  readonly share: number
  /** Sigma of log-normal amounts; null for conversions alone. */
  readonly sigma: number | null
  readonly people: number
}

/** How often an interval left the truth out at some look in a life, with a look after each 20th person. */
function missesOf(world: World, seed: string, lives: number): number {
  const { rates, share, sigma, people } = world
  const random = randomOf(seed)
  const mean = sigma === null ? 1 : Math.exp((sigma * sigma) / 2)
  const truth = (rates[1] - rates[0]) * mean
  let missed = 0
  for (let life = 0; life < lives; life++) {
    const sums = [0, 1].map(() => ({ n: 0, converted: 0, sum: 0, squares: 0 }))
    for (let i = 1; i <= people; i++) {
      const arm = random.uniform() < share ? 1 : 0
      const own = sums[arm]!
      own.n++
      if (random.uniform() < rates[arm]) {
        const amount = sigma === null ? 1 : Math.exp(sigma * random.normal())
        own.converted++
        own.sum += amount
        own.squares += amount * amount
      }
      if (i % 20 === 0 && isMissed(sums, sigma !== null, truth)) {
        missed++
        break
      }
    }
  }
  return missed / lives
}

function isMissed(
  sums: readonly { n: number; converted: number; sum: number; squares: number }[],
  money: boolean,
  truth: number,
): boolean {
  const rows = sums.flatMap(({ n, converted, sum, squares }, i): TallyRow[] => {
    const key = { experiment: 'x', arm: i === 0 ? 'a' : 'b', hour: 0, goal: '', currency: '' }
    const none = {
      people: 0,
      crossed: 0,
      exposures: 0,
      converted: 0,
      conversions: 0,
      micro: 0,
      squares: 0,
    }
    return [
      { ...key, ...none, people: n },
      { ...key, ...none, goal: 'order', converted, conversions: converted },
      { ...key, ...none, goal: 'order', currency: 'EUR', micro: sum * 1e6, squares },
    ]
  })
  const comparison = resultsOf(rows).goals[0]!.comparisons[money ? 1 : 0]!
  const { difference } = comparison
  return difference !== null && (difference.low > truth || difference.high < truth)
}

describe('the confidence sequence covers the truth at every look at once', () => {
  it.each<[string, World]>([
    ['conversions, no difference', { rates: [0.05, 0.05], share: 0.5, sigma: null, people: 6000 }],
    ['conversions, a difference', { rates: [0.2, 0.25], share: 0.5, sigma: null, people: 4000 }],
    ['money with a long tail', { rates: [0.1, 0.12], share: 0.5, sigma: 1, people: 6000 }],
  ])('%s', (name, world) => {
    const missed = missesOf(world, name, LIVES)
    // 5% promised; three standard errors of so many lives on top.
    expect(missed).toBeLessThanOrEqual(0.05 + 3 * Math.sqrt((0.05 * 0.95) / LIVES))
  })

  it('has teeth: one interval for one look is passed by chance before long', () => {
    const random = randomOf('single look')
    const sample = (n: number, sum: number): Sample => ({
      people: n,
      mean: sum / n,
      variance: 0.25,
    })
    let fooled = 0
    for (let life = 0; life < 200; life++) {
      const sums: [number, number] = [0, 0]
      for (let n = 1; n <= 5000; n++) {
        sums[0] += random.uniform() < 0.5 ? 1 : 0
        sums[1] += random.uniform() < 0.5 ? 1 : 0
        if (n < 100 || n % 20 !== 0) continue
        const { estimate, low } = differenceOf(sample(n, sums[1]), sample(n, sums[0]), 0.05)
        const se = (estimate - low) / margin(2 * n, 0.05)
        if (Math.abs(estimate) > 1.96 * se) {
          fooled++
          break
        }
      }
    }
    expect(fooled / 200).toBeGreaterThan(0.2)
  })
})

describe('the alarm of the sample ratio', () => {
  const life = (seed: string, truth: number, people: number): boolean => {
    const random = randomOf(seed)
    const counts = [0, 0]
    for (let i = 1; i <= people; i++) {
      counts[random.uniform() < truth ? 1 : 0]!++
      if (i % 50 !== 0) continue
      const [a, b] = counts as [number, number]
      const { status } = sampleRatio([
        { arm: 'a', share: 0.5, people: a },
        { arm: 'b', share: 0.5, people: b },
      ])
      if (status === 'alarm') return true
    }
    return false
  }
  const ringing = (truth: number, lives: number): number =>
    Array.from({ length: lives }, (_, i) => life(`${truth}:${i}`, truth, 10_000)).filter(Boolean)
      .length / lives

  it('stays silent over a sound split, however often it is looked at', () => {
    expect(ringing(0.5, LIVES)).toBeLessThanOrEqual(0.01 + 3 * Math.sqrt((0.01 * 0.99) / LIVES))
  })

  it('rings where one arm loses one person in eight', () => {
    expect(ringing(0.47, 60)).toBeGreaterThan(0.95)
  })

  it('is silent about arms that nobody is drawn into any more', () => {
    const { status, arms: counted } = sampleRatio([
      { arm: 'a', share: 1, people: 500 },
      { arm: 'b', share: 1, people: 500 },
      { arm: 'paused', share: 0, people: 300 },
    ])
    expect([status, counted[2]?.expected]).toEqual(['ok', 0])
  })
})
