/** Every condition of a configuration, with the path to it. */
import type { Condition } from '../../contract/condition.ts'
import type { Configuration } from '../../contract/config.ts'

export function* conditionsOf(
  config: Configuration,
): Generator<{ readonly path: string; readonly condition: Condition }> {
  for (const [i, segment] of config.segments.entries()) {
    yield { path: `segments[${i}].when`, condition: segment.when }
  }
  for (const [i, action] of config.actions.entries()) {
    if (action.when !== undefined) yield { path: `actions[${i}].when`, condition: action.when }
  }
  for (const [i, policy] of config.policies.entries()) {
    if (policy.audience !== undefined) {
      yield { path: `policies[${i}].audience`, condition: policy.audience }
    }
  }
  for (const [i, { when }] of config.experiments.entries()) {
    if (when !== undefined) yield { path: `experiments[${i}].when`, condition: when }
  }
}
