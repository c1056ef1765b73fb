/** Candidates that passed their gates, in the order that a formula gives them. */
import type { CompiledAction, FormulaRanking } from './plan.ts'
import type { Question } from './question.ts'

export interface Ranked {
  readonly action: CompiledAction
  readonly score: number
}

/** What a formula could not rank, and why. */
export interface Unranked {
  readonly action: CompiledAction
  readonly error: string
}

/** @param eligible by priority, then by key */
export function order(
  { formula, subjects }: FormulaRanking,
  eligible: readonly CompiledAction[],
  question: Question,
): { readonly ranked: readonly Ranked[]; readonly unranked: readonly Unranked[] } {
  // Read once, and not at all where a tape knows the scores.
  let scorer: ReturnType<typeof formula.scorer> | undefined
  const scoreOf = (action: CompiledAction): number | string =>
    question.ask(() => {
      const score = (scorer ??= formula.scorer(question.facts, subjects))(action)
      return typeof score === 'number' ? score : score.error
    })
  const ranked: Ranked[] = []
  const unranked: Unranked[] = []
  for (const action of eligible) {
    const score = scoreOf(action)
    if (typeof score === 'number') ranked.push({ action, score })
    else unranked.push({ action, error: score })
  }
  // Sorting is stable: equal scores keep their priority.
  return { ranked: ranked.sort((a, b) => b.score - a.score), unranked }
}
