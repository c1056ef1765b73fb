/** Choosing by what was learned: who is in which situation, and what is drawn there. */
import { draw } from '../learning/draw.ts'
import { rungsAt, weightIn, weightsAt } from '../learning/drawn-shares.ts'
import type { PolicyModel } from '../learning/model.ts'
import { rungOf } from '../learning/rung.ts'
import { actionGate, roomGate, type Stop } from './gates.ts'
import type { ActionWitness, ChoiceList } from './choose.ts'
import type { CompiledAction, CompiledPolicy, LearnedRanking } from './plan.ts'
import type { Question } from './question.ts'

/** What a draw went by; logged with the decision. */
export interface Situation {
  /** Version of the weights; 0 where there are none yet, and all actions are alike. */
  readonly model: number
  /** Key of the first context that holds; '' for the rest. */
  readonly leaf: string
}

const modelOf = (policy: CompiledPolicy, { asked }: Question): PolicyModel | undefined =>
  asked.models !== null && Object.hasOwn(asked.models.policies, policy.key)
    ? asked.models.policies[policy.key]
    : undefined

/** null for a policy that does not learn. */
export function situationOf(policy: CompiledPolicy, question: Question): Situation | null {
  if (policy.ranking.by !== 'learned') return null
  return {
    model: question.ask(() => modelOf(policy, question)?.version ?? 0),
    leaf: leafOf(policy.ranking, question),
  }
}

const leafOf = ({ contexts }: LearnedRanking, question: Question): string =>
  contexts.find(({ condition }) => question.holds(condition))?.key ?? ''

/**
 * Draws until the list is full. The propensity of a place is that of what was
 * drawn for it among all that was left by then. Shares are read again only
 * where what is left changes by which of them to draw.
 */
export function chooseLearned(
  policy: CompiledPolicy,
  ranking: LearnedRanking,
  question: Question,
  list: ChoiceList,
  witness?: ActionWitness,
): void {
  const model = modelOf(policy, question)
  const leaf = leafOf(ranking, question)
  const rungs = rungsAt(model, leaf)
  const seed = `learned:${policy.key}:${question.ask(() => model?.version ?? 0)}`
  let left: { item: CompiledAction; weight: number }[] = []
  for (const action of policy.candidates) {
    const stop = actionGate(policy, action, question)
    if (stop !== null) witness?.(policy, action, stop)
    else left.push({ item: action, weight: 0 })
  }
  let rung: number | null = null
  for (let place = 0; !list.isFull; place++) {
    const fitting = left.filter(
      ({ item }) => list.stopOf(item) === null && roomGate(item, question) === null,
    )
    const canHave = (key: string): boolean => fitting.some(({ item }) => item.key === key)
    const next = question.ask(() => rungOf(rungs, canHave))
    if (next !== rung) {
      rung = next
      const shares = weightsAt(model, leaf, next)
      for (const entry of left) {
        entry.weight = question.ask(() =>
          weightIn(shares, entry.item.key, policy.candidates.length),
        )
      }
    }
    const drawn = draw(fitting, `${seed}:${place}`, question.facts.profile.splitKey)
    if (drawn === null) break
    witness?.(policy, drawn.item, null)
    list.add(drawn.item, drawn.propensity)
    left = left.filter(({ item }) => item !== drawn.item)
  }
  if (witness === undefined) return
  for (const { item, weight } of left) {
    const stop: Stop = { by: 'not_drawn', detail: `weight ${(weight * 100).toFixed(1)}%` }
    witness(policy, item, stop)
  }
}
