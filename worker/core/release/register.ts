/** What a configuration holds, to be found by key: made once for all that look something up. */
import type {
  ActionConfig,
  Configuration,
  ExperimentConfig,
  PolicyConfig,
} from '../../contract/config.ts'

export interface Register {
  readonly actions: ReadonlyMap<string, ActionConfig>
  readonly campaigns: ReadonlyMap<string, Configuration['campaigns'][number]>
  /** By placement. */
  readonly policiesAt: ReadonlyMap<string, readonly PolicyConfig[]>
  /** By policy: the experiments that change it or open it, each once. */
  readonly experimentsOf: ReadonlyMap<string, ReadonlySet<ExperimentConfig>>
}

export function registerOf(config: Configuration): Register {
  const experimentsOf = new Map<string, Set<ExperimentConfig>>()
  for (const experiment of config.experiments) {
    for (const { policies, actions } of experiment.arms) {
      for (const policy of [...policies, ...Object.keys(actions)]) {
        const known = experimentsOf.get(policy)
        if (known === undefined) experimentsOf.set(policy, new Set([experiment]))
        else known.add(experiment)
      }
    }
  }
  return {
    actions: new Map(config.actions.map((action) => [action.key, action])),
    campaigns: new Map(config.campaigns.map((campaign) => [campaign.key, campaign])),
    policiesAt: Map.groupBy(config.policies, ({ placement }) => placement),
    experimentsOf,
  }
}
