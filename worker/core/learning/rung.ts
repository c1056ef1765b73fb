/** Which shares to draw by. Apart from model.ts, whose integrals no visitor should wait for. */
import type { Rung } from './model.ts'

/**
 * The rung of a leaf, −1 for the shares among all actions.
 * @param canHave whether an action is among what is left
 */
export function rungOf(
  rungs: readonly Rung[] | undefined,
  canHave: (action: string) => boolean,
): number {
  if (rungs === undefined) return -1
  const reachable = rungs.findIndex(({ leader }) => canHave(leader))
  return (reachable === -1 ? rungs.length : reachable) - 1
}
