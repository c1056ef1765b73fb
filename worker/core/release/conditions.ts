/** Every condition of a configuration, with the path to it. */
import type { Condition, PropertyCondition } from '../../contract/condition.ts'
import type { Configuration } from '../../contract/config.ts'

/** Every filter of events that knows nobody: of aggregates, goals, and what ends showing something. */
export function* filtersOf(
  config: Configuration,
): Generator<{ readonly path: string; readonly where: PropertyCondition }> {
  for (const [i, { where }] of config.aggregates.entries()) {
    if (where !== undefined) yield { path: `aggregates[${i}].where`, where }
  }
  for (const [i, { where, refund }] of config.goals.entries()) {
    if (where !== undefined) yield { path: `goals[${i}].where`, where }
    if (refund?.where !== undefined) {
      yield { path: `goals[${i}].refund.where`, where: refund.where }
    }
  }
  for (const list of ['actions', 'policies', 'campaigns'] as const) {
    for (const [i, { stopAfter }] of config[list].entries()) {
      if (stopAfter?.where !== undefined) {
        yield { path: `${list}[${i}].stopAfter.where`, where: stopAfter.where }
      }
    }
  }
}

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
    for (const [j, { when }] of (policy.learned?.contexts ?? []).entries()) {
      yield { path: `policies[${i}].learned.contexts[${j}].when`, condition: when }
    }
  }
  for (const [i, { when }] of config.experiments.entries()) {
    if (when !== undefined) yield { path: `experiments[${i}].when`, condition: when }
  }
}
