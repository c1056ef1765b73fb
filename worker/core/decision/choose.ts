/** Which of a policy's actions, and in what order. */
import type { Content } from '../../contract/decide.ts'
import { actionGate, DIVERSITY, roomGate, type Stop } from './gates.ts'
import { chooseLearned } from './learned.ts'
import type { CompiledAction, CompiledPolicy, FormulaRanking } from './plan.ts'
import { countTags, exceeds, type Question } from './question.ts'
import { order } from './rank.ts'

export interface Choice {
  readonly action: CompiledAction
  readonly content: Content
  /** Probability with which this was drawn; 1 where nothing was. */
  readonly propensity: number
}

/** Told what became of each action; only explain passes one. */
export type ActionWitness = (
  policy: CompiledPolicy,
  action: CompiledAction,
  stop: Stop | null,
  score?: number,
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
  if (policy.ranking.by === 'formula') {
    chooseByFormula(policy, policy.ranking, list, question, witness)
    return list.choices
  }
  for (const action of policy.candidates) {
    if (list.isFull && !asksOn(question, witness)) break
    const stop = actionGate(policy, action, question) ?? list.stopOf(action)
    witness?.(policy, action, stop)
    if (stop === null) list.add(action, 1)
  }
  return list.choices
}

/** Only who explains wants to know of those that come too late; a tape does not. */
const asksOn = ({ asked }: Question, witness: ActionWitness | undefined): boolean =>
  witness !== undefined && asked.tape === null

function chooseByFormula(
  policy: CompiledPolicy,
  ranking: FormulaRanking,
  list: ChoiceList,
  question: Question,
  witness: ActionWitness | undefined,
): void {
  const eligible: CompiledAction[] = []
  for (const action of policy.candidates) {
    const stop = actionGate(policy, action, question)
    if (stop === null) eligible.push(action)
    else witness?.(policy, action, stop)
  }
  const { ranked, unranked } = order(ranking, eligible, question)
  for (const { action, error } of unranked) {
    witness?.(policy, action, { by: 'formula', detail: error })
  }
  for (const { action, score } of ranked) {
    // What is outranked asks nothing more.
    if (list.isFull && witness === undefined) break
    // What was chosen before it counts for it too.
    const stop = list.stopOf(action) ?? roomGate(action, question)
    witness?.(policy, action, stop, score)
    if (stop === null) list.add(action, 1)
  }
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

  stopOf({ tags }: CompiledAction): Stop | null {
    if (this.isFull) return OUTRANKED
    return exceeds(this.#policy.diversity, tags, this.#tags) ? DIVERSITY : null
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
