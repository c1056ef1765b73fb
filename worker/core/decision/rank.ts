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
  { facts }: Question,
): { readonly ranked: readonly Ranked[]; readonly unranked: readonly Unranked[] } {
  const scoreOf = formula.scorer(facts, subjects)
  const ranked: Ranked[] = []
  const unranked: Unranked[] = []
  for (const action of eligible) {
    const score = scoreOf(action)
    if (typeof score === 'number') ranked.push({ action, score })
    else unranked.push({ action, error: score.error })
  }
  // Sorting is stable: equal scores keep their priority.
  return { ranked: ranked.sort((a, b) => b.score - a.score), unranked }
}
