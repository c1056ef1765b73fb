/** Which placements can show an action: as a fallback, a candidate or an arm. */
import type { Configuration, PlacementConfig } from '../../contract/config.ts'

export function placementsOfActions(
  config: Configuration,
): ReadonlyMap<string, ReadonlySet<PlacementConfig>> {
  const placements = new Map(config.placements.map((placement) => [placement.key, placement]))
  const shown = new Map<string, Set<PlacementConfig>>()
  const show = (action: string | null | undefined, key: string): void => {
    const placement = placements.get(key)
    if (action == null || placement === undefined) return
    shown.set(action, (shown.get(action) ?? new Set()).add(placement))
  }
  for (const placement of config.placements) show(placement.fallback, placement.key)
  for (const policy of config.policies) {
    for (const { action } of policy.candidates ?? []) show(action, policy.placement)
    for (const { action } of policy.split?.arms ?? []) show(action, policy.placement)
  }
  const ofPolicy = new Map(config.policies.map((policy) => [policy.key, policy.placement]))
  for (const { arms } of config.experiments) {
    for (const { actions } of arms) {
      for (const [policy, action] of Object.entries(actions))
        show(action, ofPolicy.get(policy) ?? '')
    }
  }
  return shown
}
