/** From a person and a moment to what each placement answers: the one way for every surface that decides. */
import type { DecideAnswer, DecisionAnswer, Explanation } from '../contract/decide.ts'
import type { JsonObject } from '../contract/message.ts'
import { factsOf } from '../core/condition/facts.ts'
import {
  decidePlacement,
  fallbackDecision,
  type DecideInput,
  type Decision,
} from '../core/decision/decide.ts'
import { explainer } from '../core/decision/explain.ts'
import type { CompiledPlacement } from '../core/decision/plan.ts'
import type { Profile } from '../core/profile/profile.ts'
import type { Release } from '../core/release/release.ts'
import type { DecisionSeal } from './ports.ts'

/** How a surface wants to be answered. */
export interface Manner {
  /** Actions and reasons are told, as servers may know them; a browser gets content alone. */
  readonly tells: boolean
  readonly explain: boolean
  /** Each placement as if it were the only one: what another shows excludes nothing. */
  readonly apart: boolean
}

export interface PlacementsQuestion extends Manner {
  readonly release: Release
  readonly placements: readonly CompiledPlacement[]
  readonly profile: Profile
  readonly context: JsonObject | null | undefined
  /** The moment to decide for. */
  readonly nowMs: number
  /** With asker, placement and position the inner id of a decision. */
  readonly requestId: string
  /** Digest of who alone may report these decisions; null for whoever holds them. */
  readonly asker: string | null
  /** The store could not say who it is: fallbacks only. */
  readonly degraded: boolean
}

export function answerPlacements(
  seal: DecisionSeal,
  question: PlacementsQuestion,
): DecideAnswer['decisions'] {
  const { release, profile, context, nowMs, explain, apart, degraded } = question
  const facts = factsOf(release.segments, profile, context ?? {}, nowMs)
  const input: DecideInput = {
    facts,
    language: languageOf(context),
    stopped: release.stopped,
    taken: new Set(),
  }
  const decisions: Record<string, DecisionAnswer> = {}
  for (const placement of question.placements) {
    const witness = explain ? explainer(release, facts) : undefined
    const own = apart ? { ...input, taken: new Set<string>() } : input
    const decision =
      degraded && !release.stopped
        ? fallbackDecision(placement, 'degraded', own)
        : decidePlacement(placement, own, witness?.witness)
    decisions[placement.key] = answer(seal, question, decision, witness?.explanation())
  }
  return decisions
}

function answer(
  seal: DecisionSeal,
  { release, requestId, asker, tells, nowMs }: PlacementsQuestion,
  decision: Decision,
  explanation: Explanation | undefined,
): DecisionAnswer {
  const items = decision.choices.map(({ action, content, arm, propensity }, i) => ({
    decisionId: seal.seal({
      id: `${requestId}:${asker ?? ''}:${decision.placement}:${i}`,
      asker,
      placement: decision.placement,
      policy: decision.policy,
      action: action.key,
      arm,
      propensity,
      epoch: release.epoch,
      atMs: nowMs,
    }),
    content,
    ...(tells ? { action: action.key } : {}),
  }))
  return {
    items,
    ...(tells ? { reason: decision.reason } : {}),
    ...(explanation === undefined ? {} : { explain: explanation }),
  }
}

/** "ja-JP" speaks "ja". */
function languageOf(context: JsonObject | null | undefined): string {
  const locale = context?.['locale']
  return typeof locale === 'string' ? (locale.toLowerCase().split(/[-_]/)[0] ?? '') : ''
}
