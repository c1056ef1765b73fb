/** What an experiment made of one person: counted from their first exposure on, until the goal's window ends. */
import { conversionsOf, type Hit } from '../goal/hit.ts'

export interface Outcome {
  readonly conversions: number
  /** Currency → millionths, refunds taken off. */
  readonly micro: { readonly [currency: string]: number }
}

export const NO_OUTCOME: Outcome = { conversions: 0, micro: {} }

/**
 * @param hits of one goal
 * @param sinceMs first exposure; what happened at that moment or before is not its doing
 */
export function outcomeOf(hits: readonly Hit[], sinceMs: number, windowMs: number): Outcome {
  let conversions = 0
  const micro: Record<string, number> = {}
  for (const { hit, refunds } of conversionsOf(hits)) {
    if (hit.atMs <= sinceMs || hit.atMs > sinceMs + windowMs) continue
    if (!hit.refund) conversions++
    for (const { currency, micro: amount } of [hit, ...refunds]) {
      if (currency !== '') micro[currency] = (micro[currency] ?? 0) + amount
    }
  }
  return { conversions, micro }
}

function combine(a: Outcome, b: Outcome, sign: 1 | -1): Outcome {
  const micro: Record<string, number> = { ...a.micro }
  for (const [currency, amount] of Object.entries(b.micro)) {
    micro[currency] = (micro[currency] ?? 0) + sign * amount
  }
  return { conversions: a.conversions + sign * b.conversions, micro }
}

export const addOutcomes = (a: Outcome, b: Outcome): Outcome => combine(a, b, 1)
export const subtractOutcomes = (a: Outcome, b: Outcome): Outcome => combine(a, b, -1)
