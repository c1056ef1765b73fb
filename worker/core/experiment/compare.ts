/** One arm against the control: what can be said of it, or what is missing until something can. */
import {
  differenceOf,
  liftOf,
  peopleMissing,
  type Difference,
  type Interval,
  type Sample,
} from './sequence.ts'

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
   * null while nobody has converted. `undecided`: how many more both together
   * need for a difference like this one to show; null when out of reach.
   */
  readonly morePeople: number | null
}

export const MIN_PEOPLE = 100
/**
 * So many conversions the smaller arm must have people for, at the rate of both
 * together: from there on the theorem's normal approximation is close.
 * docs/experiments.md has the measured coverage. Money has the longer tails.
 */
export const MIN_EXPECTED = { rate: 20, value: 60 } as const

export interface Compared {
  readonly arm: string
  readonly metric: string
  readonly treatment: Sample
  readonly control: Sample
  /** People who converted, in both arms. */
  readonly converted: number
  readonly alpha: number
}

export function compare({
  arm,
  metric,
  treatment,
  control,
  converted,
  alpha,
}: Compared): Comparison {
  const people = Math.min(treatment.people, control.people)
  const pooled = converted / Math.max(1, treatment.people + control.people)
  const least = MIN_EXPECTED[metric === 'rate' ? 'rate' : 'value']
  const enough = Math.max(MIN_PEOPLE, pooled === 0 ? Infinity : Math.ceil(least / pooled))
  if (people < enough) {
    return {
      arm,
      metric,
      verdict: 'not_yet',
      difference: null,
      lift: null,
      morePeople: Number.isFinite(enough) ? enough - people : null,
    }
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
