/** What a policy that learns draws each action by, of those that somebody can have. */
import { sharing } from './draw.ts'
import type { PolicyModel, Rung, Shares } from './model.ts'
import { rungOf } from './rung.ts'

/** What draws go by of a policy's model. */
export type Weights = Pick<PolicyModel, 'leaves' | 'without'>

export const rungsAt = (weights: Weights | undefined, leaf: string): readonly Rung[] | undefined =>
  own(weights?.without, leaf)

/** @param rung of the leaf, −1 for the weights among all actions; see rungOf */
export const weightsAt = (
  weights: Weights | undefined,
  leaf: string,
  rung: number,
): Shares | undefined =>
  rung < 0 ? own(weights?.leaves, leaf) : rungsAt(weights, leaf)?.[rung]?.shares

/** An action that is new to the weights gets an even share until they know it. */
export const weightIn = (shares: Shares | undefined, action: string, actions: number): number =>
  own(shares, action) ?? 1 / actions

/**
 * The share of draws that each of them gets; together they have one.
 * @param weights undefined before there are any: all are alike
 * @param actions how many the policy has in all
 * @param canHave those that passed every gate; nothing twice
 */
export function drawnShares(
  weights: Weights | undefined,
  leaf: string,
  actions: number,
  canHave: readonly string[],
): Shares {
  const rung = rungOf(rungsAt(weights, leaf), (action) => canHave.includes(action))
  const shares = weightsAt(weights, leaf, rung)
  const left = canHave.map((item) => ({ item, weight: weightIn(shares, item, actions) }))
  const shareOf = sharing(left)
  return Object.fromEntries(left.map(({ item, weight }) => [item, shareOf(weight)]))
}

const own = <T>(map: { readonly [key: string]: T } | undefined, key: string): T | undefined =>
  map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined
