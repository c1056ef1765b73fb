/** A policy: its gates, what an experiment changes about it, its candidates in order. */
import type { PolicyConfig } from '../../contract/config.ts'
import type { CompiledAction, CompiledPolicy } from '../decision/plan.ts'
import { compileHoldout } from './compile-experiments.ts'
import { compileRanking } from './compile-ranking.ts'
import { addsOf, type Shared } from './compile-shared.ts'
import { compileMaybe, compileSchedule } from './compile-when.ts'

export function compilePolicy(
  policy: PolicyConfig,
  actionOf: (key: string) => CompiledAction,
  shared: Shared,
): CompiledPolicy {
  const { register, compile, caps, experiments, counting } = shared
  const { key, holdout } = policy
  const campaign = register.campaigns.get(policy.campaign ?? '')
  const candidates = [...(policy.candidates ?? [])]
    .sort((a, b) => b.priority - a.priority || (a.action < b.action ? -1 : 1))
    .map(({ action }) => actionOf(action))
  const variation = experiments.variationOf(policy, actionOf)
  const needsConsent = policy.consent === 'personalization'
  const varied = [...(variation?.actions.values() ?? [])]
  return {
    key,
    audience: compileMaybe(policy.audience, compile),
    schedule: compileSchedule(policy.schedule, campaign?.schedule),
    needsConsent,
    allNeedConsent: [...candidates, ...varied].every(
      (action) => action?.needsConsent ?? needsConsent,
    ),
    holdout: holdout === undefined ? null : compileHoldout(`$holdout:${key}`, holdout),
    variation,
    caps: caps.ofPolicy(policy),
    adds: addsOf(counting, 'policy', key),
    limit: policy.limit,
    diversity: policy.diversity.map(({ tag = null, max }) => ({ tag, max })),
    ranking: compileRanking(policy, actionOf, shared),
    candidates,
  }
}
