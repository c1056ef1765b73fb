/**
 * Confidence sequences: intervals that hold at every look at once, so that
 * whoever looks daily and stops when pleased is not fooled more often than
 * `alpha` says.
 *
 * Method: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, "Time-uniform central
 * limit theory and asymptotic confidence sequences" (Annals of Statistics 52,
 * 2024; arXiv 2103.06476), theorem 2.2, on the influence function of a
 * difference in means between randomised arms (their section 3). Asymptotic
 * means: it holds from a beginning that is late enough, as a normal interval
 * does; results.ts says "not yet" before.
 */

/** How many people it is narrowest at. Fixed before any data are seen, as the theorem asks. */
const TUNED_FOR = 10_000

/** The paper's approximate best ρ² for a sample size (its equation 24). */
const rhoSquared = (alpha: number): number =>
  (-2 * Math.log(alpha) + Math.log(1 - 2 * Math.log(alpha))) / TUNED_FOR

/** How many standard errors wide each half is after `n` people: 1.96 is what one single look would have. */
export function margin(n: number, alpha: number): number {
  const r = n * rhoSquared(alpha)
  return Math.sqrt(((2 * (r + 1)) / r) * Math.log(Math.sqrt(r + 1) / alpha))
}

/**
 * The smallest alpha at which the interval would leave zero out: a p-value
 * that stays one however often it is looked at.
 * @param z the estimate in standard errors
 */
export function alwaysValidP(z: number, n: number, alpha: number): number {
  const r = n * rhoSquared(alpha)
  return Math.min(1, Math.sqrt(r + 1) * Math.exp((-z * z * r) / (2 * (r + 1))))
}

export interface Interval {
  readonly estimate: number
  readonly low: number
  readonly high: number
}

/** What is known of one arm: how many people, and mean and variance over them. */
export interface Sample {
  readonly people: number
  readonly mean: number
  readonly variance: number
}

const standardError = (a: Sample, b: Sample): number =>
  Math.sqrt(a.variance / a.people + b.variance / b.people)

export interface Difference extends Interval {
  readonly p: number
}

/** treatment − control. */
export function differenceOf(treatment: Sample, control: Sample, alpha: number): Difference {
  const n = treatment.people + control.people
  const se = standardError(treatment, control)
  const estimate = treatment.mean - control.mean
  const half = se * margin(n, alpha)
  return {
    estimate,
    low: estimate - half,
    high: estimate + half,
    p: estimate === 0 ? 1 : alwaysValidP(estimate / se, n, alpha),
  }
}

/**
 * treatment ÷ control − 1, by the delta method on the logarithm, which needs
 * both means to be above zero; null where they are not.
 */
export function liftOf(treatment: Sample, control: Sample, alpha: number): Interval | null {
  if (treatment.mean <= 0 || control.mean <= 0) return null
  const relative = ({ variance, people, mean }: Sample): number => variance / people / mean ** 2
  const half =
    Math.sqrt(relative(treatment) + relative(control)) *
    margin(treatment.people + control.people, alpha)
  const ratio = treatment.mean / control.mean
  return {
    estimate: ratio - 1,
    low: ratio * Math.exp(-half) - 1,
    high: ratio * Math.exp(half) - 1,
  }
}

/** Beyond so many times as many people there is nothing to wait for. */
const HOPELESS = 10_000

/**
 * How many more people the two arms together need until the interval would
 * leave zero out, if the difference stays as it is; null when that is out of reach.
 */
export function peopleMissing(treatment: Sample, control: Sample, alpha: number): number | null {
  const n = treatment.people + control.people
  const se = standardError(treatment, control)
  const distance = Math.abs(treatment.mean - control.mean)
  const enough = (times: number): boolean =>
    distance > (se / Math.sqrt(times)) * margin(n * times, alpha)
  let high = 1
  while (!enough(high)) {
    high *= 2
    if (high > HOPELESS) return null
  }
  let low = high / 2
  while (high - low > 0.001 * high) {
    const middle = (low + high) / 2
    if (enough(middle)) high = middle
    else low = middle
  }
  return Math.max(0, Math.ceil(n * (high - 1)))
}
