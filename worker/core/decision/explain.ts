/** Why, for every candidate: the witness of a decision and what it saw. */
import type { ConditionTrace, Explanation, Gate } from '../../contract/decide.ts'
import type { Facts } from '../condition/facts.ts'
import type { Release } from '../release/release.ts'
import type { Witness } from './decide.ts'

type PolicyAccount = {
  policy: string
  passed: boolean
  stoppedBy?: Gate
  audience?: ConditionTrace
  actions: { action: string; chosen: boolean; stoppedBy?: Gate; detail?: string }[]
}

/** A witness to pass to `decidePlacement`, and the explanation once it has decided. */
export function explainer(
  release: Release,
  facts: Facts,
): { readonly witness: Witness; explanation(): Explanation } {
  const policies: PolicyAccount[] = []
  const witness: Witness = {
    policy: (policy, stoppedBy) => {
      policies.push({
        policy: policy.key,
        passed: stoppedBy === null,
        ...(stoppedBy === null ? {} : { stoppedBy }),
        ...(policy.audience === null ? {} : { audience: policy.audience.trace(facts) }),
        actions: [],
      })
    },
    action: (_policy, action, stoppedBy, detail) => {
      policies.at(-1)?.actions.push({
        action: action.key,
        chosen: stoppedBy === null,
        ...(stoppedBy === null ? {} : { stoppedBy }),
        ...(detail === undefined ? {} : { detail }),
      })
    },
  }
  return {
    witness,
    explanation: () => ({
      policies,
      segments: Object.fromEntries(release.segments.map(({ key }, i) => [key, facts.segment(i)])),
    }),
  }
}
