/** What results say of a difference holds at every look, also where money has long tails. */
import { afterAll, describe, expect, it } from 'vitest'
import {
  differenceOf,
  margin,
  type Interval,
  type Sample,
} from '../../worker/core/experiment/sequence.ts'
import { skewnessOf, timesForSkewness, type Payers } from '../../worker/core/experiment/tails.ts'
import { NO_COUNTS, type TallyRow } from '../../worker/core/experiment/tally.ts'
import { randomOf, type Random } from '../../worker/core/learning/random.ts'
import { LIVES, resultsOf } from './experiment-plan.ts'

interface World {
  readonly rates: readonly [control: number, treatment: number]
  /** Of the treatment. */
  readonly share: number
  /** What somebody pays who does; null for conversions alone. */
  readonly amounts: Amounts | null
  readonly people: number
}
interface Amounts {
  readonly mean: number
  readonly draw: (random: Random) => number
}
const logNormal = (sigma: number): Amounts => ({
  mean: Math.exp((sigma * sigma) / 2),
  draw: (random) => Math.exp(sigma * random.normal()),
})
/** Beyond three its skewness is finite, beyond two its variance. */
const pareto = (shape: number): Amounts => ({
  mean: shape / (shape - 1),
  draw: (random) => (1 - random.uniform()) ** (-1 / shape),
})

interface Sums {
  n: number
  converted: number
  sum: number
  squares: number
}

interface Lives {
  /** Of all lives: the interval left the truth out at some look. */
  readonly missed: number
  /** There was an interval at some look. */
  readonly told: number
}

/**
 * With a look after each 20th person, and later after each half percent more.
 * @param intervalOf null where it is too early
 */
function livesOf(
  { rates, share, amounts, people }: World,
  seed: string,
  lives: number,
  intervalOf: (sums: readonly Sums[], isMoney: boolean) => Interval | null = intervalOfResults,
): Lives {
  const random = randomOf(seed)
  const truth = (rates[1] - rates[0]) * (amounts?.mean ?? 1)
  let [missed, told] = [0, 0]
  for (let life = 0; life < lives; life++) {
    const sums = [0, 1].map((): Sums => ({ n: 0, converted: 0, sum: 0, squares: 0 }))
    let [isTold, isMissed, look] = [false, false, 20]
    for (let i = 1; i <= people && !isMissed; i++) {
      const arm = random.uniform() < share ? 1 : 0
      const own = sums[arm]!
      own.n++
      if (random.uniform() < rates[arm]) {
        const amount = amounts?.draw(random) ?? 1
        own.converted++
        own.sum += amount
        own.squares += amount * amount
      }
      if (i < look) continue
      look = Math.max(i + 20, Math.floor(i * 1.005))
      const interval = intervalOf(sums, amounts !== null)
      if (interval === null) continue
      isTold = true
      isMissed = interval.low > truth || interval.high < truth
    }
    if (isTold) told++
    if (isMissed) missed++
  }
  return { missed: missed / lives, told: told / lives }
}

function intervalOfResults(sums: readonly Sums[], isMoney: boolean): Interval | null {
  const rows = sums.flatMap(({ n, converted, sum, squares }, i): TallyRow[] => {
    const key = { experiment: 'x', arm: i === 0 ? 'a' : 'b', hour: 0, goal: '', currency: '' }
    return [
      { ...key, ...NO_COUNTS, people: n },
      { ...key, ...NO_COUNTS, goal: 'order', converted, conversions: converted },
      { ...key, ...NO_COUNTS, goal: 'order', currency: 'EUR', micro: sum * 1e6, squares },
    ]
  })
  return resultsOf(rows).goals[0]!.comparisons[isMoney ? 1 : 0]!.difference
}

/** What chance may add to 5% in so many lives: three standard errors. */
const promised = (lives: number): number => 0.05 + 3 * Math.sqrt((0.05 * 0.95) / lives)

describe('the confidence sequence covers the truth at every look at once', () => {
  const measured: string[] = []
  afterAll(() => {
    if (process.env['TSUGI_RUNS'] !== undefined) console.info(measured.join('\n'))
  })

  it.each<[string, World, told: number]>([
    [
      'conversions, 5% and 5%, 6,000 people',
      { rates: [0.05, 0.05], share: 0.5, amounts: null, people: 6000 },
      1,
    ],
    [
      'conversions, 20% and 25%, 4,000 people',
      { rates: [0.2, 0.25], share: 0.5, amounts: null, people: 4000 },
      1,
    ],
    [
      'conversions, 2% and 2%, shares of 10 and 90, 30,000 people',
      { rates: [0.02, 0.02], share: 0.1, amounts: null, people: 30_000 },
      1,
    ],
    [
      'money, 10% and 12% pay, log-normal with σ = 1, 6,000 people',
      { rates: [0.1, 0.12], share: 0.5, amounts: logNormal(1), people: 6000 },
      1,
    ],
    [
      'money, 10% and 10% pay, log-normal with σ = 1.5, 6,000 people',
      { rates: [0.1, 0.1], share: 0.5, amounts: logNormal(1.5), people: 6000 },
      0.9,
    ],
    [
      'money, 10% and 12% pay, σ = 1, shares of 20 and 80, 40,000 people',
      { rates: [0.1, 0.12], share: 0.2, amounts: logNormal(1), people: 40_000 },
      0.9,
    ],
    [
      'money, 5% and 5% pay, σ = 1, shares of 10 and 90, 40,000 people',
      { rates: [0.05, 0.05], share: 0.1, amounts: logNormal(1), people: 40_000 },
      0.1,
    ],
    [
      'money, 2% and 2% pay, σ = 1.5, shares of 10 and 90, 60,000 people',
      { rates: [0.02, 0.02], share: 0.1, amounts: logNormal(1.5), people: 60_000 },
      0,
    ],
    [
      'money, 10% and 10% pay, Pareto with 3, shares of 10 and 90, 40,000 people',
      { rates: [0.1, 0.1], share: 0.1, amounts: pareto(3), people: 40_000 },
      0.9,
    ],
    [
      'money, 10% and 10% pay, Pareto with 2.2, shares of 10 and 90, 40,000 people',
      { rates: [0.1, 0.1], share: 0.1, amounts: pareto(2.2), people: 40_000 },
      0.5,
    ],
  ])('%s', (name, world, least) => {
    const lives = world.people > 10_000 ? Math.round(LIVES / 3) : LIVES
    const { missed, told } = livesOf(world, name, lives)
    measured.push(`${name}: missed ${(missed * 100).toFixed(1)}%, told ${(told * 100).toFixed(0)}%`)
    expect(missed).toBeLessThanOrEqual(promised(lives))
    // Whoever never tells anything is never wrong.
    expect(told).toBeGreaterThanOrEqual(least)
  })

  it('has teeth: without waiting for the tails it is passed more often', () => {
    const world = { rates: [0.1, 0.1], share: 0.1, amounts: logNormal(2), people: 20_000 } as const
    const anyway = (sums: readonly Sums[]): Interval | null => {
      const [control, treatment] = sums.map(({ n, sum, squares }): Sample => ({
        people: n,
        mean: sum / n,
        variance: (squares - (sum * sum) / n) / (n - 1),
      })) as [Sample, Sample]
      return treatment.people < 600 || treatment.variance === 0
        ? null
        : differenceOf(treatment, control, 0.05)
    }
    expect(livesOf(world, 'tails', LIVES, anyway).missed).toBeGreaterThan(promised(LIVES))
    expect(livesOf(world, 'tails', LIVES).missed).toBeLessThanOrEqual(promised(LIVES))
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

describe('skewness of a difference', () => {
  const arm = (people: number, share = 0.1, amount = 10): Payers => {
    const [mean, square] = [share * amount, share * amount * amount * Math.E]
    return { people, converted: share * people, mean, variance: square - mean * mean }
  }

  it('cancels out between equal arms, and falls with the root of people', () => {
    expect(skewnessOf(arm(1000), arm(1000))).toBe(0)
    const [few, many] = [100, 10_000].map((n) => skewnessOf(arm(n), arm(9 * n))) as [number, number]
    expect(few / many).toBeCloseTo(10, 0)
    expect(skewnessOf(arm(900), arm(100))).toBeCloseTo(skewnessOf(arm(100), arm(900)), 9)
    expect(timesForSkewness(0.4)).toBeCloseTo(4, 9)
    expect(timesForSkewness(0.1)).toBe(1)
  })

  it('of a small arm beside a huge one is that of its mean, with the cubes of log-normal amounts', () => {
    // σ = 1: E Xᵏ = e^(k²/2). One of ten pays.
    const [first, second, third] = [0.5, 2, 4.5].map((power) => 0.1 * Math.exp(power)) as [
      number,
      number,
      number,
    ]
    const variance = second - first * first
    const logNormalArm = (people: number): Payers => ({
      people,
      converted: 0.1 * people,
      mean: first,
      variance,
    })
    const skewness = skewnessOf(logNormalArm(10_000), logNormalArm(1e9))
    expect(skewness).toBeCloseTo(third / variance ** 1.5 / Math.sqrt(10_000), 3)
  })

  it('of no money is out of reach; of amounts that never differ there is none', () => {
    const nothing = { people: 100, converted: 10, mean: 0, variance: 0 }
    expect(skewnessOf(nothing, nothing)).toBe(Infinity)
    const same = { people: 100, converted: 100, mean: 5, variance: 0 }
    expect(skewnessOf(same, same)).toBe(0)
  })
})
