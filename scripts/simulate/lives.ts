/** Several populations past every strategy, and what came of it together. */
import { play, type Played, type Plan, type Watching } from './run.ts'
import { STRATEGIES } from './strategies.ts'

export interface Wish {
  readonly seed: string
  /** Populations, each met by every strategy. */
  readonly lives: number
  readonly visitors: number
}

/** The scheduled job runs once an hour of so many visitors; curves have so many points. */
const TICK_EVERY = 1000
const POINTS = 50

export const decisionsIn = ({ lives, visitors }: Wish): number =>
  STRATEGIES.length * lives * visitors

/** Every strategy meets the same people. */
export async function playAll(
  { seed, lives, visitors }: Wish,
  progress?: Watching['progress'],
): Promise<Played[]> {
  const plan: Plan = { seed, decisions: visitors, tickEvery: TICK_EVERY, points: POINTS }
  const watching = progress === undefined ? {} : { progress }
  const played: Played[] = []
  for (let life = 1; life <= lives; life++) {
    for (const strategy of STRATEGIES) {
      const own = { ...plan, seed: `${seed}:${life}` }
      played.push(await play(strategy(visitors), own, watching))
    }
  }
  return played
}

export interface Spread {
  readonly mean: number
  readonly least: number
  readonly most: number
}

export interface Summary {
  readonly strategy: string
  /** Orders of a hundred visitors, to be expected of what was shown. */
  readonly orders: Spread
  /** The same of the last fifth of the visitors: after learning. */
  readonly ordersLate: Spread
  /** Orders that the oracle would have had more. */
  readonly regret: Spread
}

export function summaries(played: readonly Played[]): Summary[] {
  const groups = [...Map.groupBy(played, ({ strategy }) => strategy)]
  const own = groups.map(([strategy, lives]) => ({
    strategy,
    orders: spread(lives.map(({ expected, decisions }) => (100 * expected) / decisions)),
    ordersLate: spread(lives.map((life) => late(life, 'expected'))),
    regret: spread(lives.map(({ expected, oracle }) => oracle - expected)),
  }))
  const [, lives = []] = groups[0] ?? []
  const oracle = {
    strategy: 'oracle',
    orders: spread(lives.map(({ oracle, decisions }) => (100 * oracle) / decisions)),
    ordersLate: spread(lives.map((life) => late(life, 'oracle'))),
    regret: { mean: 0, least: 0, most: 0 },
  }
  return [...own, oracle]
}

function late({ curve }: Played, of: 'expected' | 'oracle'): number {
  const end = curve.at(-1)
  const begin = curve[Math.floor(0.8 * (curve.length - 1))]
  if (end === undefined || begin === undefined) return NaN
  return (100 * (end[of] - begin[of])) / (end.decisions - begin.decisions)
}

export function spread(numbers: readonly number[]): Spread {
  return {
    mean: numbers.reduce((sum, n) => sum + n, 0) / numbers.length,
    least: Math.min(...numbers),
    most: Math.max(...numbers),
  }
}
