/**
 * What a policy would have earned, from the log of another one: each decision
 * weighs as much more as the policy would have made it more often.
 *
 * IPS is unbiased, and wild where propensities are small. SNIPS divides by the
 * sum of weights instead of their number: a little bias, far less noise
 * (Swaminathan and Joachims, NeurIPS 2015). DR takes a model of the rewards and
 * corrects it by IPS: right if either is (Dudík, Langford, Li, ICML 2011; here
 * the model is the mean by context and action, of the other half of the log).
 */
export interface LoggedDecision {
  /** What decides together with the action: the context leaf. */
  readonly context: string
  readonly action: string
  /** With which the action was drawn. */
  readonly propensity: number
  readonly reward: number
}

/** The share of draws that each action would get; what is not in it gets none. */
export type TargetPolicy = (context: string) => { readonly [action: string]: number }

export interface Estimate {
  /** Mean reward of a decision. */
  readonly mean: number
  readonly standardError: number
  /** 95%, for one look. */
  readonly low: number
  readonly high: number
}

export interface OffPolicy {
  readonly decisions: number
  /** As many decisions as a log of the policy's own would need to tell as much (Kish). */
  readonly effective: number
  readonly greatestWeight: number
  /** Of the log as it is. */
  readonly logged: Estimate
  readonly ips: Estimate
  readonly snips: Estimate
  readonly dr: Estimate
}

/** null for an empty log. Throws RangeError on a propensity that is none. */
export function offPolicy(log: readonly LoggedDecision[], target: TargetPolicy): OffPolicy | null {
  const n = log.length
  if (n === 0) return null
  const weights = log.map(({ context, action, propensity }) => {
    if (!(propensity > 0 && propensity <= 1)) {
      throw new RangeError(`a propensity of ${propensity}`)
    }
    return shareOf(target(context), action) / propensity
  })
  const rewards = log.map(({ reward }) => reward)
  const weighted = log.map(({ reward }, i) => (weights[i] as number) * reward)
  const sum = total(weights)
  const squares = total(weights.map((weight) => weight * weight))
  const ratio = sum === 0 ? 0 : total(weighted) / sum
  const direct = crossFitted(log, target)
  return {
    decisions: n,
    effective: squares === 0 ? 0 : (sum * sum) / squares,
    greatestWeight: weights.reduce((max, weight) => Math.max(max, weight), 0),
    logged: estimate(rewards),
    ips: estimate(weighted),
    // The delta method: each residual over the mean weight.
    snips: estimate(
      log.map(({ reward }, i) =>
        sum === 0 ? 0 : ratio + ((weights[i] as number) * (reward - ratio) * n) / sum,
      ),
    ),
    dr: estimate(
      log.map(({ reward }, i) => {
        const { expected, own } = direct[i] as Direct
        return expected + (weights[i] as number) * (reward - own)
      }),
    ),
  }
}

const shareOf = (shares: { readonly [action: string]: number }, action: string): number =>
  Object.hasOwn(shares, action) ? (shares[action] as number) : 0

const total = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0)

function estimate(terms: readonly number[]): Estimate {
  const n = terms.length
  const mean = total(terms) / n
  const variance = total(terms.map((term) => (term - mean) ** 2)) / Math.max(1, n - 1)
  const standardError = Math.sqrt(variance / n)
  return {
    mean,
    standardError,
    low: mean - 1.96 * standardError,
    high: mean + 1.96 * standardError,
  }
}

interface Direct {
  /** Of the target policy, by the model. */
  readonly expected: number
  /** Of the action that was taken. */
  readonly own: number
}

/** Each half of the log by the model of the other: a model that knew its own rewards would explain them away. */
function crossFitted(log: readonly LoggedDecision[], target: TargetPolicy): Direct[] {
  const halves = [0, 1].map((half) => meansOf(log.filter((_, i) => i % 2 === half)))
  return log.map(({ context, action }, i) => {
    const model = halves[1 - (i % 2)] as Means
    const expected = Object.entries(target(context)).reduce(
      (sum, [candidate, share]) => sum + share * model(context, candidate),
      0,
    )
    return { expected, own: model(context, action) }
  })
}

type Means = (context: string, action: string) => number

/** The mean of context and action, else of the action, else of all. */
function meansOf(log: readonly LoggedDecision[]): Means {
  const sums = new Map<string, { n: number; sum: number }>()
  const add = (key: string, reward: number): void => {
    const entry = sums.get(key) ?? { n: 0, sum: 0 }
    entry.n++
    entry.sum += reward
    sums.set(key, entry)
  }
  const keys = (context: string, action: string): string[] => [
    JSON.stringify([context, action]),
    JSON.stringify([action]),
    '',
  ]
  for (const { context, action, reward } of log) {
    for (const key of keys(context, action)) add(key, reward)
  }
  return (context, action) => {
    for (const key of keys(context, action)) {
      const entry = sums.get(key)
      if (entry !== undefined) return entry.sum / entry.n
    }
    return 0
  }
}
