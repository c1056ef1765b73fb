/** One arm against the control: what can be said of it, or what is missing until something can. */
import { differenceOf, liftOf, peopleMissing, type Difference, type Interval } from './sequence.ts'
import { skewnessOf, timesForSkewness, type Payers } from './tails.ts'

export interface Comparison {
  readonly arm: string
  /** `rate`, or `value:<currency>`: mean money of a person. */
  readonly metric: string
  /**
   * `better`, `worse`: the interval of the difference leaves zero out.
   * `undecided`: it does not. `not_yet`: too early for an interval.
   */
  readonly verdict: 'better' | 'worse' | 'undecided' | 'not_yet'
  /** treatment − control. */
  readonly difference: Difference | null
  /** treatment ÷ control − 1; null where a mean is not above zero. */
  readonly lift: Interval | null
  /**
   * `not_yet`: how many more the smaller arm needs with their window closed;
   * null while nobody has converted, or nothing is left of the money. `undecided`: how many more both together
   * need for a difference like this one to show; null when out of reach.
   */
  readonly morePeople: number | null
}

export const MIN_PEOPLE = 100
/**
 * So many conversions the smaller arm must have people for, at the rate of both
 * together: from there on the theorem's normal approximation is close.
 * docs/experiments.md has the measured coverage. Money has the longer tails:
 * see tails.ts for what it needs beside.
 */
export const MIN_EXPECTED = { rate: 20, value: 60 } as const

export interface Compared {
  readonly arm: string
  readonly metric: string
  readonly treatment: Payers
  readonly control: Payers
  readonly alpha: number
}

export function compare({ arm, metric, treatment, control, alpha }: Compared): Comparison {
  const morePeople = peopleUntilTold(metric, treatment, control)
  if (morePeople !== 0) {
    return { arm, metric, verdict: 'not_yet', difference: null, lift: null, morePeople }
  }
  const difference = differenceOf(treatment, control, alpha)
  const verdict = difference.low > 0 ? 'better' : difference.high < 0 ? 'worse' : 'undecided'
  return {
    arm,
    metric,
    verdict,
    difference,
    lift: liftOf(treatment, control, alpha),
    morePeople: verdict === 'undecided' ? peopleMissing(treatment, control, alpha) : null,
  }
}

/** How many more the smaller arm needs before anything can be told; null where nobody knows. */
function peopleUntilTold(metric: string, treatment: Payers, control: Payers): number | null {
  const people = Math.min(treatment.people, control.people)
  const converted = treatment.converted + control.converted
  const isMoney = metric !== 'rate'
  if (converted === 0) return null
  const pooled = converted / (treatment.people + control.people)
  const least = Math.ceil((isMoney ? MIN_EXPECTED.value : MIN_EXPECTED.rate) / pooled)
  const times = isMoney && people > 0 ? timesForSkewness(skewnessOf(treatment, control)) : 1
  if (!Number.isFinite(times)) return null
  return Math.max(0, MIN_PEOPLE - people, least - people, Math.ceil(people * times) - people)
}
