/** What is known of an action's reward after so many exposures. */
import type { Density } from './best.ts'

/** Exposures and what came of them; weighed ones need not be whole numbers. */
export interface Evidence {
  readonly exposures: number
  /** Exposures with a reward. */
  readonly rewarded: number
  /** Money in units, and the sum of each exposure's money squared. */
  readonly money: number
  readonly squares: number
}

export const NO_EVIDENCE: Evidence = { exposures: 0, rewarded: 0, money: 0, squares: 0 }

export const addEvidence = (a: Evidence, b: Evidence): Evidence => ({
  exposures: a.exposures + b.exposures,
  rewarded: a.rewarded + b.rewarded,
  money: a.money + b.money,
  squares: a.squares + b.squares,
})

export interface Prior {
  readonly mean: number
  /** As many exposures as it weighs. */
  readonly strength: number
}

export interface Posterior {
  readonly mean: number
  readonly density: Density
}

/** A rate of zero or one would leave nothing to learn. */
const within = (mean: number): number => Math.min(1 - 1e-6, Math.max(1e-6, mean))

/**
 * Beta–Bernoulli. The density is that of the log odds, which has no poles and
 * the same order: its logarithm is α·x − (α+β)·ln(1+eˣ).
 */
export function ratePosterior({ exposures, rewarded }: Evidence, prior: Prior): Posterior {
  const mean = within(prior.mean)
  const a = mean * prior.strength + rewarded
  const b = (1 - mean) * prior.strength + Math.max(0, exposures - rewarded)
  const middle = Math.log(a / b)
  const deviation = Math.sqrt(1 / a + 1 / b)
  return {
    mean: a / (a + b),
    density: {
      log: (x) => a * x - (a + b) * softplus(x),
      // Where little is known the tails fall off as e^(−α|x|) and e^(−βx).
      low: middle - Math.max(7 * deviation, 16 / a),
      high: middle + Math.max(7 * deviation, 16 / b),
      middle,
    },
  }
}

const softplus = (x: number): number => (x > 30 ? x : Math.log1p(Math.exp(x)))

/** As many exposures as the prior's guess of the variance weighs. */
const VARIANCE_STRENGTH = 4

/**
 * Normal–inverse-gamma: money is taken for normal, which it is not, but its mean
 * over many exposures nearly is. The mean's density is Student's t, cut off at
 * thirty scales.
 * @param variance of one exposure's money, as guessed from all actions together
 */
export function valuePosterior(
  { exposures: n, money, squares }: Evidence,
  prior: Prior,
  variance: number,
): Posterior {
  const kappa = prior.strength + n
  const middle = (prior.strength * prior.mean + money) / kappa
  const shape = VARIANCE_STRENGTH / 2 + n / 2
  const spread = n === 0 ? 0 : Math.max(0, squares - (money * money) / n)
  const shift = n === 0 ? 0 : (prior.strength * n * (money / n - prior.mean) ** 2) / (2 * kappa)
  const rate = (VARIANCE_STRENGTH / 2) * variance + spread / 2 + shift
  const scale = Math.sqrt(rate / (shape * kappa)) || 1e-9
  const degrees = 2 * shape
  return {
    mean: middle,
    density: {
      log: (x) => (-(degrees + 1) / 2) * Math.log1p(((x - middle) / scale) ** 2 / degrees),
      low: middle - 30 * scale,
      high: middle + 30 * scale,
      middle,
    },
  }
}
