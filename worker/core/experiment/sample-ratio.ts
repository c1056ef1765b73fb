/**
 * Sample ratio: whether the arms got the shares of people they were meant to
 * get. If not, something loses people of one arm, and no result can be trusted.
 *
 * The alarm may be looked at all the time: Lindon and Malek, "Anytime-Valid
 * Inference for Multinomial Count Data" (NeurIPS 2022; arXiv 2011.03567). Its
 * Bayes factor of a Dirichlet prior around the shares against the shares
 * themselves is a martingale when the shares are true, so that it ever passes
 * 1/alpha with a probability of alpha at most (Ville). Pearson's chi-squared
 * test stands beside it for whoever looks once.
 */
import { chiSquaredTail, logGamma } from './distributions.ts'

export interface ArmCount {
  readonly arm: string
  /** Of one; arms that get nobody any more have 0. */
  readonly share: number
  /** First exposed in this arm, whatever came after. */
  readonly people: number
}

export interface SampleRatio {
  /** `not_yet`: nobody to speak of. `alarm`: the shares are not those meant. */
  readonly status: 'ok' | 'alarm' | 'not_yet'
  readonly arms: readonly (ArmCount & { readonly expected: number })[]
  /** Valid at every look. */
  readonly sequentialP: number | null
  /** Valid at one look. */
  readonly chiSquared: number | null
  readonly chiSquaredP: number | null
}

/** How often a sound experiment may ring the bell in its whole life. */
export const ALARM_ALPHA = 0.01
const MIN_PEOPLE = 100
/**
 * As many imagined people as each prior weighs. Deviations of some percent are
 * what mostly breaks in practice, and what the greater one looks for; the
 * smaller one sees at once that an arm gets nobody. The mean of two martingales
 * is one, so half of each costs a factor of two at most.
 */
const CONCENTRATIONS = [1000, 10] as const

export function sampleRatio(counts: readonly ArmCount[]): SampleRatio {
  const drawn = counts.filter(({ share }) => share > 0)
  const total = drawn.reduce((sum, { people }) => sum + people, 0)
  const shares = drawn.reduce((sum, { share }) => sum + share, 0)
  const arms = counts.map((count) => ({ ...count, expected: (total * count.share) / shares }))
  if (drawn.length < 2 || total < MIN_PEOPLE) {
    return { status: 'not_yet', arms, sequentialP: null, chiSquared: null, chiSquaredP: null }
  }
  const proportions = drawn.map(({ people, share }) => ({ people, p: share / shares }))
  const chiSquared = proportions.reduce(
    (sum, { people, p }) => sum + (people - total * p) ** 2 / (total * p),
    0,
  )
  const sequentialP = Math.min(1, Math.exp(-logBayesFactor(proportions, total)))
  return {
    status: sequentialP < ALARM_ALPHA ? 'alarm' : 'ok',
    arms,
    sequentialP,
    chiSquared,
    chiSquaredP: chiSquaredTail(chiSquared, drawn.length - 1),
  }
}

interface Proportion {
  readonly people: number
  readonly p: number
}

function logBayesFactor(counts: readonly Proportion[], total: number): number {
  const logs = CONCENTRATIONS.map((weight) => logFactorFor(weight, counts, total))
  const greatest = Math.max(...logs)
  const mean = logs.reduce((sum, log) => sum + Math.exp(log - greatest), 0) / logs.length
  return greatest + Math.log(mean)
}

function logFactorFor(weight: number, counts: readonly Proportion[], total: number): number {
  let log = logGamma(weight) - logGamma(weight + total)
  for (const { people, p } of counts) {
    const prior = weight * p
    log += logGamma(prior + people) - logGamma(prior) - people * Math.log(p)
  }
  return log
}
