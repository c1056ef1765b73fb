/**
 * What a policy would have earned, from the log of another one: each decision
 * weighs as much more as the policy would have made it more often.
 *
 * IPS is unbiased, and wild where propensities are small. SNIPS divides by the
 * sum of weights instead of their number: a little bias, far less noise
 * (Swaminathan and Joachims, NeurIPS 2015). DR takes a model of the rewards and
 * corrects it by IPS: right if either is (Dudík, Langford, Li, ICML 2011).
 *
 * Decisions of one person are not so many independent ones: a draw stays as
 * long as the weights do. Standard errors are of people (Liang and Zeger,
 * Biometrika 1986: residuals are added up by cluster before they are squared).
 */
import { perSituation, type OfSituation } from './per-situation.ts'
import { crossFitted, type Direct, type RewardModel } from './reward-model.ts'

export interface LoggedDecision {
  /** What decides together with the action: the context leaf. */
  readonly context: string
  readonly action: string
  /** With which the action was drawn: above 0, 1 at most. */
  readonly propensity: number
  readonly reward: number
  /** What the person could have had, this action among it; unless told, nobody knows. */
  readonly candidates?: readonly string[]
  /** Who it was made for; somebody else each time unless told. */
  readonly person?: string
}

/** The share of draws that each action would get; what is not in it gets none. */
export type TargetPolicy = OfSituation<{ readonly [action: string]: number }>

export interface Estimate {
  /** Mean reward of a decision. */
  readonly mean: number
  /** Infinity where one person is all there is. */
  readonly standardError: number
  /** 95%, for one look. */
  readonly low: number
  readonly high: number
}

export interface OffPolicy {
  readonly decisions: number
  readonly people: number
  /** As many people as a log of the policy's own would need to tell as much (Kish). */
  readonly effective: number
  /** Of one decision: the greatest weight, and its part in the sum of all. */
  readonly greatestWeight: number
  readonly greatestPart: number
  /** Mean weight: one, up to chance, if propensities are right and all could have what the policy shows. */
  readonly weight: Estimate
  /** Of the log as it is. */
  readonly logged: Estimate
  /** How much more the policy would have earned than the log did, doubly robust; of the same people, so that it is surer than either. */
  readonly gain: Estimate
  readonly ips: Estimate
  readonly snips: Estimate
  readonly dr: Estimate
}

export const isPropensity = (p: number): boolean => p > 0 && p <= 1

/**
 * null for an empty log. Throws RangeError on a propensity that is none.
 * @param model of rewards; unless given, means by context and action of the other half of the people
 */
export function offPolicy(
  log: readonly LoggedDecision[],
  target: TargetPolicy,
  model?: RewardModel,
): OffPolicy | null {
  const n = log.length
  if (n === 0) return null
  const people = clustersOf(log)
  const sharesOf = perSituation(target)
  const weights = log.map(({ context, action, propensity, candidates }) => {
    if (!isPropensity(propensity)) throw new RangeError(`a propensity of ${propensity}`)
    return shareOf(sharesOf(context, candidates), action) / propensity
  })
  const weightOf = (i: number): number => weights[i] as number
  const sum = total(weights)
  const ratio = sum === 0 ? 0 : total(log.map(({ reward }, i) => weightOf(i) * reward)) / sum
  const greatest = weights.reduce((max, weight) => Math.max(max, weight), 0)
  const squares = total([...sumsBy(people, weights)].map((weight) => weight * weight))
  const direct = crossFitted(log, people.of, sharesOf, model)
  const estimated = (term: (decision: LoggedDecision, i: number) => number): Estimate =>
    estimate(log.map(term), people)
  const doublyRobust = (reward: number, i: number): number => {
    const { expected, own } = direct[i] as Direct
    return expected + weightOf(i) * (reward - own)
  }
  return {
    decisions: n,
    people: people.count,
    effective: squares === 0 ? 0 : (sum * sum) / squares,
    greatestWeight: greatest,
    greatestPart: sum === 0 ? 0 : greatest / sum,
    weight: estimate(weights, people),
    logged: estimated(({ reward }) => reward),
    ips: estimated(({ reward }, i) => weightOf(i) * reward),
    // The delta method: each residual over the mean weight.
    snips: estimated(({ reward }, i) =>
      sum === 0 ? 0 : ratio + (weightOf(i) * (reward - ratio) * n) / sum,
    ),
    dr: estimated(({ reward }, i) => doublyRobust(reward, i)),
    gain: estimated(({ reward }, i) => doublyRobust(reward, i) - reward),
  }
}

export const shareOf = (shares: { readonly [action: string]: number }, action: string): number =>
  Object.hasOwn(shares, action) ? (shares[action] as number) : 0

const total = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0)

interface Clusters {
  readonly count: number
  /** Of each decision. */
  readonly of: readonly number[]
}

function clustersOf(log: readonly LoggedDecision[]): Clusters {
  const known = new Map<string, number>()
  let count = 0
  const of = log.map(({ person }) => {
    const standing = person === undefined ? undefined : known.get(person)
    if (standing !== undefined) return standing
    if (person !== undefined) known.set(person, count)
    return count++
  })
  return { count, of }
}

function sumsBy({ count, of }: Clusters, terms: readonly number[]): Float64Array {
  const sums = new Float64Array(count)
  for (const [i, cluster] of of.entries()) {
    sums[cluster] = (sums[cluster] as number) + (terms[i] as number)
  }
  return sums
}

function estimate(terms: readonly number[], people: Clusters): Estimate {
  const n = terms.length
  const mean = total(terms) / n
  const residuals = sumsBy(
    people,
    terms.map((term) => term - mean),
  )
  const squares = residuals.reduce((sum, residual) => sum + residual * residual, 0)
  const { count } = people
  const standardError = count < 2 ? Infinity : Math.sqrt((squares * count) / (count - 1)) / n
  return {
    mean,
    standardError,
    low: mean - 1.96 * standardError,
    high: mean + 1.96 * standardError,
  }
}
