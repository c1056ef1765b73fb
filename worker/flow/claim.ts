/** What a decisionId carries of a decision. */
import type { Decision } from '../core/decision/decide.ts'
import type { Release } from '../core/release/release.ts'
import type { DecisionClaim } from './ports.ts'

export interface ClaimFrame {
  readonly release: Pick<Release, 'epoch'>
  readonly requestId: string
  readonly asker: string | null
  readonly nowMs: number
}

/** @returns the claim of one item, by its position; a null action where nothing of ours is shown */
export function claimsOf(
  { release, requestId, asker, nowMs }: ClaimFrame,
  { placement, policy, variation, drawn }: Decision,
): (position: number, action: string | null, propensity: number) => DecisionClaim {
  let experiments: Record<string, string> | null = null
  for (const { experiment, arm } of drawn) {
    if (experiment.id !== null) (experiments ??= {})[experiment.key] = arm.key
  }
  return (position, action, propensity) => ({
    id: `${requestId}:${asker ?? ''}:${placement.key}:${position}`,
    asker,
    placement: placement.key,
    policy: policy?.key ?? null,
    action,
    arm: variation?.arm.key ?? null,
    propensity,
    epoch: release.epoch,
    atMs: nowMs,
    position,
    experiments,
  })
}
