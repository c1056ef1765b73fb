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

/** What each weight comes to among those that are left; all are alike where all weights are zero. */
export function sharing(left: readonly { readonly weight: number }[]): (weight: number) => number {
  const total = left.reduce((sum, { weight }) => sum + weight, 0)
  return (weight) => (total > 0 ? weight / total : 1 / left.length)
}

/** null where there is nothing to draw from. */
export function draw<T>(
  left: readonly Weighted<T>[],
  seed: string,
  person: string,
): Draw<T> | null {
  const shareOf = sharing(left)
  let at = fraction(seed, person)
  for (const { item, weight } of left) {
    const share = shareOf(weight)
    if (at < share) return { item, propensity: share }
    at -= share
  }
  // Shares may add up to a little less than one.
  const last = left.findLast(({ weight }) => shareOf(weight) > 0)
  return last === undefined ? null : { item: last.item, propensity: shareOf(last.weight) }
}
