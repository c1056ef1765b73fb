/** What was reserved for a placement when the same question was asked before. */
import { packedId } from '../profile/packed.ts'
import { findReserved, type Reserved } from '../profile/reserved.ts'
import type { CompiledPlacement, CompiledPolicy } from './plan.ts'
import { choiceOf, type Choice } from './choose.ts'
import type { Question } from './question.ts'

export interface Kept {
  readonly policy: CompiledPolicy
  readonly choices: readonly Choice[]
  /** When it was decided, and under which epoch. */
  readonly atMs: number
  readonly epoch: number
}

/** null where nothing was reserved, or this release has no such thing any more. */
export function keptFor(placement: CompiledPlacement, question: Question): Kept | null {
  const { decisionId } = question.asked
  if (decisionId === null || question.facts.profile.reserved === '') return null
  const found: Reserved[] = []
  for (;;) {
    const reserved = findReserved(
      question.facts.profile.reserved,
      decisionId(placement.key, found.length),
    )
    if (reserved === null) break
    found.push(reserved)
  }
  const [first] = found
  const policy = placement.policies.find(({ key }) => packedId(key) === first?.policy)
  if (first === undefined || policy === undefined) return null
  const actions = new Map(
    [...placement.actions.values()].map((action) => [packedId(action.key), action]),
  )
  const choices = found.flatMap(({ action, propensity }) => {
    const chosen = actions.get(action)
    return chosen === undefined ? [] : [choiceOf(chosen, propensity, question)]
  })
  if (choices.length < found.length) return null
  return { policy, choices, atMs: first.atMs, epoch: first.epoch }
}
