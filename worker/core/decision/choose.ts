/** Which of a policy's actions, and in what order. */
import type { Content } from '../../contract/decide.ts'
import { actionGate, DIVERSITY, type Stop } from './gates.ts'
import { chooseLearned } from './learned.ts'
import type { CompiledAction, CompiledPolicy } from './plan.ts'
import { countTags, exceeds, type Question } from './question.ts'

export interface Choice {
  readonly action: CompiledAction
  readonly content: Content
  /** Probability with which this was drawn; 1 where nothing was. */
  readonly propensity: number
}

/** Told each time a gate stops an action; only explain passes one. */
export type ActionWitness = (
  policy: CompiledPolicy,
  action: CompiledAction,
  stop: Stop | null,
) => void

/**
 * A policy's own choice: at most its limit of them, best first.
 * @param taking whether what is chosen counts for the rest of the request
 */
export function choose(
  policy: CompiledPolicy,
  question: Question,
  taking: boolean,
  witness?: ActionWitness,
): Choice[] {
  const list = new ChoiceList(policy, question, taking)
  if (policy.ranking.by === 'learned') {
    chooseLearned(policy, policy.ranking, question, list, witness)
    return list.choices
  }
  for (const action of policy.candidates) {
    if (list.isFull && witness === undefined) break
    const stop =
      actionGate(policy, action, question) ??
      (list.isFull ? OUTRANKED : list.hasRoomFor(action) ? null : DIVERSITY)
    witness?.(policy, action, stop)
    if (stop === null) list.add(action, 1)
  }
  return list.choices
}
const OUTRANKED: Stop = { by: 'outranked' }

/** The one action that an arm stands for; none where a gate stops it. */
export function chooseOnly(
  policy: CompiledPolicy,
  action: CompiledAction,
  propensity: number,
  question: Question,
  witness?: ActionWitness,
): Choice[] {
  const stop = actionGate(policy, action, question)
  witness?.(policy, action, stop)
  if (stop !== null) return []
  question.take(action)
  return [choiceOf(action, propensity, question)]
}

/** What is chosen while the choosing goes on. */
export class ChoiceList {
  readonly choices: Choice[] = []
  readonly #policy: CompiledPolicy
  readonly #question: Question
  readonly #taking: boolean
  readonly #tags = new Map<string, number>()

  constructor(policy: CompiledPolicy, question: Question, taking: boolean) {
    this.#policy = policy
    this.#question = question
    this.#taking = taking
  }

  get isFull(): boolean {
    return this.choices.length >= this.#policy.limit
  }

  hasRoomFor({ tags }: CompiledAction): boolean {
    return !exceeds(this.#policy.diversity, tags, this.#tags)
  }

  add(action: CompiledAction, propensity: number): void {
    if (this.#policy.diversity.length > 0) countTags(action.tags, this.#tags)
    if (this.#taking) this.#question.take(action)
    this.choices.push(choiceOf(action, propensity, this.#question))
  }
}

export const choiceOf = (
  action: CompiledAction,
  propensity: number,
  { asked }: Question,
): Choice => ({
  action,
  content: action.translations.get(asked.language) ?? action.content,
  propensity,
})
