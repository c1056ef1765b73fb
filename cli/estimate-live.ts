/** The policy that is live: the weights that a worker draws by now, or drew by once. */
import type { LeafWeights, WeightsAnswer } from '../worker/contract/weights.ts'
import { drawnShares } from '../worker/core/learning/drawn-shares.ts'
import type { LoggedDecision } from '../worker/core/learning/off-policy.ts'
import type { Asked } from './estimate-log.ts'
import { canHave, type Target } from './estimate-target.ts'
import { table } from './table.ts'

/** @param version as it was asked for; null for the newest */
export function live(told: WeightsAnswer, version: number | null): Target {
  const { actions, leaves } = told
  const weights = {
    leaves: Object.fromEntries(leaves.map(({ leaf, shares }) => [leaf, shares])),
    without: Object.fromEntries(
      leaves.flatMap(({ leaf, without }) => (without.length > 0 ? [[leaf, without]] : [])),
    ),
  }
  const known = new Set(leaves.map(({ leaf }) => leaf))
  return {
    name: version === null ? 'live' : `model ${version}`,
    policyOf: (offered) => (context, candidates) =>
      drawnShares(
        weights,
        known.has(context) ? context : '',
        actions.length,
        canHave(actions, candidates, offered),
      ),
  }
}

export interface StrangeContext {
  readonly context: string
  readonly decisions: number
}

/** Contexts of the log that the policy does not tell apart any more. */
export function strangeContexts(
  log: readonly LoggedDecision[],
  { leaves }: WeightsAnswer,
): StrangeContext[] {
  const counts = new Map<string, number>()
  for (const { context } of log) counts.set(context, (counts.get(context) ?? 0) + 1)
  return [...counts]
    .filter(([context]) => !leaves.some(({ leaf }) => leaf === context))
    .map(([context, decisions]) => ({ context, decisions }))
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

/** What is drawn by, before what it would have earned. */
export function weightsText(told: WeightsAnswer): string {
  const { policy, goal, model, version, builtAt, floor, leaves } = told
  if (model === 0) {
    return `Nothing is learned yet: there is no model, and ${policy} draws all actions alike. The scheduled job writes the first one.`
  }
  if (version === 0) {
    return `Model ${model} does not know ${policy} yet: it draws all actions alike until the scheduled job gets to it.`
  }
  const at = builtAt?.slice(0, 16).replace('T', ' ') ?? ''
  const head = `${policy} draws by model ${version} of ${at} UTC, made for ${goal}; each action has at least ${percent(floor)}.`
  const alike = leaves.every(isEven) ? ' Nothing tells its actions apart yet: they are alike.' : ''
  return [
    head + alike,
    '',
    table(
      ['context', 'drawn'],
      leaves.map(({ leaf, shares }) => [leaf === '' ? '(the rest)' : leaf, sharesText(shares)]),
    ),
  ].join('\n')
}

/** Weights are whole millionths; what rounding left over goes to one of them. */
const EVEN = 1e-4

function isEven({ shares }: LeafWeights): boolean {
  const all = Object.values(shares)
  return Math.max(...all) - Math.min(...all) < EVEN
}

const NAMED = 5

function sharesText(shares: LeafWeights['shares']): string {
  const all = Object.entries(shares).sort(([, a], [, b]) => b - a)
  const named = all.slice(0, NAMED).map(([action, share]) => `${action} ${percent(share)}`)
  const more = all.length - named.length
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** What else is to be known before the live policy's figures are believed. */
export function liveNotes(
  asked: Asked,
  { goal, by }: WeightsAnswer,
  strange: readonly StrangeContext[],
): string[] {
  const notes: string[] = []
  if (goal !== asked.goal || by !== asked.by) {
    const what = by === 'rate' ? 'how often' : 'how much money'
    notes.push(`The weights are made for another thing than is told here: ${what}, of ${goal}.`)
  }
  for (const { context, decisions } of strange) {
    notes.push(
      `The policy has no context "${context}" any more: ${decisions.toLocaleString('en-US')} decisions count as those of the rest.`,
    )
  }
  return notes
}
