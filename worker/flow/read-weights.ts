/** What a policy that learns draws by: in the newest version of the model, or in an older one. */
import type { WeightsAnswer } from '../contract/weights.ts'
import { drawnShares, rungsAt } from '../core/learning/drawn-shares.ts'
import type { Learner, PolicyModel } from '../core/learning/model.ts'
import { fail, ok, type Result } from '../core/result.ts'
import type { KeptModel, Models } from './learning-ports.ts'

/**
 * Fails where that version is none of those kept.
 * @param version null for the newest
 */
export async function readWeights(
  models: Pick<Models, 'kept'>,
  learner: Learner,
  version: number | null,
): Promise<Result<WeightsAnswer, { readonly kept: WeightsAnswer['kept'] }>> {
  const { model, kept } = await models.kept(version)
  if (model === null && version !== null) return fail({ kept })
  return ok(weightsAnswer(learner, { model, kept }))
}

function weightsAnswer(learner: Learner, { model, kept }: KeptModel): WeightsAnswer {
  const { policy, goal, by, floor, actions, leaves } = learner
  const own: PolicyModel | undefined =
    model !== null && Object.hasOwn(model.policies, policy) ? model.policies[policy] : undefined
  return {
    policy,
    goal: own?.goal ?? goal,
    by,
    floor,
    model: model?.version ?? 0,
    version: own?.version ?? 0,
    builtAt: own === undefined ? null : new Date(own.builtMs).toISOString(),
    kept,
    actions,
    leaves: leaves.map((leaf) => ({
      leaf,
      shares: drawnShares(own, leaf, actions.length, actions),
      without: rungsAt(own, leaf) ?? [],
    })),
  }
}
