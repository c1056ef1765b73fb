/**
 * Drawing by weights: a hash of the person, the policy and the weights' version
 * says which, so that a person's draw stays as long as the weights do and needs
 * no memory. Weights are shared anew among what is left, so the probability is exact.
 */
import { fraction } from '../hash.ts'

export interface Weighted<T> {
  readonly item: T
  /** At least zero. */
  readonly weight: number
}

export interface Draw<T> {
  readonly item: T
  /** Of this one among those that were left. */
  readonly propensity: number
}

/** null where there is nothing to draw from. Where all weights are zero all are alike. */
export function draw<T>(
  left: readonly Weighted<T>[],
  seed: string,
  person: string,
): Draw<T> | null {
  const total = left.reduce((sum, { weight }) => sum + weight, 0)
  const shareOf = (weight: number): number => (total > 0 ? weight / total : 1 / left.length)
  let at = fraction(seed, person)
  for (const { item, weight } of left) {
    const share = shareOf(weight)
    if (at < share) return { item, propensity: share }
    at -= share
  }
  // Shares may add up to a little less than one.
  const last = left.findLast(({ weight }) => total === 0 || weight > 0)
  return last === undefined ? null : { item: last.item, propensity: shareOf(last.weight) }
}
