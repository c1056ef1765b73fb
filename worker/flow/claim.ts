/** What a decisionId carries of a decision. */
import type { Decision } from '../core/decision/decide.ts'
import type { Preview } from '../core/decision/preview.ts'
import { exposureId } from '../core/learning/exposure.ts'
import { propensityOf } from '../core/profile/reserved.ts'
import type { Release } from '../core/release/release.ts'
import type { DecisionClaim } from './ports.ts'

export { LONGEST_DECISION_ID } from '../core/decision/decision-id.ts'

/** As a record holds it. */
export const claimProperties = ({
  id,
  asker: _asker,
  preview: _preview,
  ...decided
}: DecisionClaim) => ({
  decision: id,
  exposure: exposureId(id, decided.atMs, decided.action ?? ''),
  ...decided,
})

export interface ClaimFrame {
  readonly release: Pick<Release, 'epoch'>
  readonly requestId: string
  readonly asker: string | null
  readonly nowMs: number
  readonly preview?: Preview | null
}

/** Equal for a retry by the same asker. */
export const questionId = ({ requestId, asker }: Pick<ClaimFrame, 'requestId' | 'asker'>): string =>
  `${requestId}:${asker ?? ''}`

/** The inner id of a decision: equal for a retried question of the same asker. */
export const decisionIds =
  (frame: Pick<ClaimFrame, 'requestId' | 'asker'>) =>
  (placement: string, position: number): string =>
    `${questionId(frame)}:${placement}:${position}`

/** @returns the claim of one item, by its position; a null action where nothing of ours is shown */
export function claimsOf(
  frame: ClaimFrame,
  { placement, policy, variation, learned, drawn, kept }: Decision,
): (position: number, action: string | null, propensity: number) => DecisionClaim {
  const idOf = decisionIds(frame)
  let experiments: Record<string, string> | null = null
  for (const { experiment, arm } of drawn) {
    if (experiment.id !== null) (experiments ??= {})[experiment.key] = arm.key
  }
  return (position, action, propensity) => ({
    id: idOf(placement.key, position),
    asker: frame.asker,
    placement: placement.key,
    policy: policy?.key ?? null,
    action,
    arm: variation?.arm.key ?? null,
    propensity: propensityOf(propensity),
    model: learned?.model ?? 0,
    leaf: learned?.leaf ?? '',
    epoch: kept?.epoch ?? frame.release.epoch,
    atMs: kept?.atMs ?? frame.nowMs,
    position,
    experiments,
    ...(frame.preview == null ? {} : { preview: true as const }),
  })
}
