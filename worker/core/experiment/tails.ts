/**
 * Whether there are people enough for the normal approximation, where a few
 * of them bring most of the money.
 *
 * What spoils an interval of means is skewness: an arm that has not met its
 * great spenders yet has too small a mean *and* too small a variance. Between
 * arms of equal size it cancels out; the smaller one of unequal arms is alone
 * with it. Cochran's rule (Sampling Techniques, 3rd ed. 1977, 2.15) asks for
 * n > 25 G₁² people: a skewness of the mean below 1/5. Kohavi, Deng, Longbotham
 * and Xu (KDD 2014, rule 7) find the like for metrics of experiments. Here it is
 * the skewness of the difference.
 *
 * Tallies hold no cubes. Amounts are taken for log-normal, whose third moment
 * is m₂³ ÷ m₁³: what a tail not seen yet is most like, and more than the
 * m₂² ÷ m₁ below which no amounts can be.
 */
import type { Sample } from './sequence.ts'

export const MAX_SKEWNESS = 1 / 5

/** People who paid, beside what is known of all. */
export interface Payers extends Sample {
  readonly converted: number
}

/** Of treatment − control; Infinity where no money is left to tell it from. */
export function skewnessOf(treatment: Payers, control: Payers): number {
  const both = [treatment, control]
  const sum = total(both, ({ mean, people }) => mean * people)
  const squares = total(
    both,
    ({ mean, people, variance }) => variance * (people - 1) + mean * mean * people,
  )
  const variance = total(both, (arm) => arm.variance / arm.people)
  if (sum <= 0) return Infinity
  if (variance <= 0) return 0
  const thirdOfPayer = (squares / sum) ** 3
  const third = ({ converted, people }: Payers): number =>
    ((converted / people) * thirdOfPayer) / people ** 2
  return Math.abs(third(treatment) - third(control)) / variance ** 1.5
}

const total = <T>(all: readonly T[], of: (one: T) => number): number =>
  all.reduce((sum, one) => sum + of(one), 0)

/** As many times as many people make it small enough: it falls with their root. */
export const timesForSkewness = (skewness: number): number =>
  Math.max(1, (skewness / MAX_SKEWNESS) ** 2)
