/** From tallies to what each action came to in each leaf: decided exposures only, old ones weighing less. */
import { HOUR_MS } from '../experiment/tally.ts'
import type { EvidenceOf, Learner } from './model.ts'
import { NO_EVIDENCE, type Evidence } from './posterior.ts'

/** One policy's choices of one hour, or of one day. */
export interface Tallied {
  readonly action: string
  readonly leaf: string
  /** '' for the row that counts exposures. */
  readonly goal: string
  readonly currency: string
  readonly hour: number
  readonly impressions: number
  readonly clicks: number
  readonly rewarded: number
  readonly micro: number
  readonly squares: number
}

/**
 * @param rows of the learner's policy, none from before its goal was counted
 * Hours whose exposures may still be rewarded are left out, successes and
 * failures alike: who was quick would look better than who is good.
 */
export function evidenceFrom(
  { goal, currency, after, halfLifeMs, patienceMs }: Learner,
  rows: readonly Tallied[],
  nowMs: number,
): EvidenceOf {
  const found = new Map<string, Evidence>()
  const keyOf = (leaf: string, action: string): string => JSON.stringify([leaf, action])
  for (const row of rows) {
    if ((row.hour + 1) * HOUR_MS + patienceMs > nowMs) continue
    if (row.goal !== '' && row.goal !== goal) continue
    const ageMs = Math.max(0, nowMs - row.hour * HOUR_MS)
    const weight = halfLifeMs === Infinity ? 1 : 0.5 ** (ageMs / halfLifeMs)
    const key = keyOf(row.leaf, row.action)
    const { exposures, rewarded, money, squares } = found.get(key) ?? NO_EVIDENCE
    const paid = row.currency === currency && currency !== '' ? 1 : 0
    found.set(key, {
      exposures:
        exposures +
        (row.goal === '' ? weight * (after === 'click' ? row.clicks : row.impressions) : 0),
      rewarded: rewarded + (row.goal === '' ? 0 : weight * row.rewarded),
      money: money + paid * weight * (row.micro / 1e6),
      squares: squares + paid * weight * row.squares,
    })
  }
  return (leaf, action) => found.get(keyOf(leaf, action)) ?? NO_EVIDENCE
}
