/** Which candidates were left for the ranking: a witness that notes nothing else. */
import type { Gate } from '../../contract/reason.ts'
import type { Witness } from './decide.ts'

/** Stops that are no gate: something else was better, or drawn. */
const RANKED: ReadonlySet<Gate> = new Set(['outranked', 'not_drawn'])
/** A line has no room for more: where there are so many, there may be others. */
export const MOST_SURVIVORS = 50

export interface Survivors {
  readonly witness: Witness
  /** Keys of actions under a policy, those it would not have listed any more left out. */
  under(policy: string): readonly string[]
}

export function survivors(): Survivors {
  const found = new Map<string, string[]>()
  return {
    witness: {
      placement: () => {},
      policy: () => {},
      action: (policy, action, stop) => {
        if (stop !== null && !RANKED.has(stop.by)) return
        const keys = found.get(policy.key)
        if (keys === undefined) found.set(policy.key, [action.key])
        else if (keys.length < MOST_SURVIVORS) keys.push(action.key)
      },
    },
    under: (policy) => found.get(policy) ?? [],
  }
}
