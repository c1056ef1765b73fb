/** From a person and a moment to what each placement answers: the one way for every surface that decides. */
import type { DecideAnswer, DecisionAnswer } from '../contract/decide.ts'
import type { JsonObject } from '../contract/message.ts'
import type { Explanation } from '../contract/reason.ts'
import { factsOf } from '../core/condition/facts.ts'
import { isBot } from '../core/decision/bot.ts'
import { decidePlacement, fallbackDecision, type Decision } from '../core/decision/decide.ts'
import { explainer, reasonOf } from '../core/decision/explain.ts'
import type { CompiledPlacement } from '../core/decision/plan.ts'
import type { Preview } from '../core/decision/preview.ts'
import type { StockRoom } from '../core/decision/stock.ts'
import { Question, type Asked } from '../core/decision/question.ts'
import { survivors } from '../core/decision/survivors.ts'
import { recorder, type Recorder } from '../core/decision/tape.ts'
import type { Profile } from '../core/profile/profile.ts'
import type { Release } from '../core/release/release.ts'
import { claimsOf, decisionIds } from './claim.ts'
import type { DecisionClaim, DecisionSeal } from './ports.ts'

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
  /** Of the browser that asks; null where a server does, which may tell one in the context. */
  readonly userAgent?: string | null
  /** Of the browser's connection; null where a server asks, which may tell one in the context. */
  readonly timezone?: string | null
  /** At most so many placements get something; null is no limit. */
  readonly atMost: number | null
  readonly preview?: Preview | null
  /** False for somebody without any identifier: what must be reserved is not for them. */
  readonly identified?: boolean
  /** The requestId is the client's own: what was reserved under it is given again. */
  readonly asksAgain?: boolean
  /** The moment to decide for. */
  readonly nowMs: number
  /** With asker, placement and position the inner id of a decision. */
  readonly requestId: string
  /** Digest of who alone may report these decisions; null for whoever holds them. */
  readonly asker: string | null
  /** The store could not say who it is: fallbacks only. */
  readonly degraded: boolean
  /** What is read is recorded, so that it can be logged. Not beside `explain`, which reads more. */
  readonly logs?: boolean
  /** What is left of stocks over everybody; null where nothing asked for has one. */
  readonly stock?: StockRoom | null
}

export interface Decided {
  readonly decision: Decision
  readonly question: Question
  readonly explanation: Explanation | undefined
  /** Of the question, up to this decision and beyond; null where nothing is logged. */
  readonly tape: Recorder | null
  /** Keys of the actions that its policy could choose from. */
  readonly candidates: readonly string[]
}

const NONE: readonly never[] = []

/** What each placement gets, in the order asked. */
export function decidePlacements(asking: PlacementsQuestion): Decided[] {
  const { release, explain, apart, degraded } = asking
  const newTape = (): Recorder | null => (asking.logs === true && !explain ? recorder() : null)
  let tape = newTape()
  const ask = (): Question => {
    // What one takes the others would not get.
    const stock = (apart ? asking.stock?.copy() : asking.stock) ?? null
    return new Question(askedOf({ ...asking, stock }, tape))
  }
  let question = ask()
  return asking.placements.map((placement, i) => {
    if (apart && i > 0) {
      tape = newTape()
      question = ask()
    }
    const account = explain ? explainer(release, question) : undefined
    const left = tape === null ? undefined : survivors()
    const decision =
      degraded && !release.stopped
        ? fallbackDecision(placement, question, 'degraded')
        : decidePlacement(placement, question, account?.witness ?? left?.witness)
    return {
      decision,
      question,
      explanation: account?.explanation(decision),
      tape,
      candidates: left?.under(decision.policy?.key ?? '') ?? NONE,
    }
  })
}

export async function tellPlacements(
  seal: DecisionSeal,
  asking: PlacementsQuestion,
  decided: readonly Decided[],
): Promise<DecideAnswer['decisions']> {
  const claims = decided.map((one) => claimsToTell(asking, one))
  const sealed = await Promise.all(claims.flat().map(seal.seal))
  const decisions: Record<string, DecisionAnswer> = {}
  let from = 0
  for (const [i, one] of decided.entries()) {
    const to = from + (claims[i] as DecisionClaim[]).length
    decisions[one.decision.placement.key] = answer(asking, one, sealed.slice(from, to))
    from = to
  }
  return decisions
}

/** Of each item; of nothing shown, where an experiment counts who would have seen it. */
function claimsToTell(asking: PlacementsQuestion, { decision }: Decided): DecisionClaim[] {
  const { choices, drawn } = decision
  const claim = claimsOf(asking, decision)
  if (choices.length > 0) {
    return choices.map(({ action, propensity }, i) => claim(i, action.key, propensity))
  }
  return drawn.some(({ experiment }) => experiment.id !== null) ? [claim(0, null, 1)] : []
}

/** @param decisionIds of what was claimed for it, in its order */
function answer(
  { tells }: PlacementsQuestion,
  { question, decision, explanation }: Decided,
  decisionIds: readonly string[],
): DecisionAnswer {
  const items = decision.choices.map(({ action, content }, i) => ({
    decisionId: decisionIds[i] as string,
    content,
    ...(tells ? { action: action.key } : {}),
  }))
  const [missed] = items.length === 0 ? decisionIds : []
  return {
    items,
    ...(missed === undefined ? {} : { decisionId: missed }),
    ...(tells ? { reason: reasonOf(decision, question) } : {}),
    ...(explanation === undefined ? {} : { explain: explanation }),
  }
}

function askedOf(asking: PlacementsQuestion, tape: Recorder | null): Asked {
  const { release, profile, nowMs, userAgent, timezone = null, atMost, preview = null } = asking
  const context = asking.context ?? {}
  const agent = userAgent ?? context['userAgent']
  return {
    facts: factsOf(release.segments, profile, context, nowMs, preview?.segments, timezone),
    house: release.house,
    language: languageOf(context),
    stopped: release.stopped,
    bot: context['bot'] === true || (typeof agent === 'string' && isBot(agent)),
    atMost,
    preview,
    models: release.models,
    stock: asking.stock ?? null,
    tape,
    identified: asking.identified ?? true,
    decisionId: asking.asksAgain === true ? decisionIds(asking) : null,
  }
}

/** "ja-JP" speaks "ja". */
function languageOf(context: JsonObject): string {
  const locale = context['locale']
  return typeof locale === 'string' ? (locale.toLowerCase().split(/[-_]/)[0] ?? '') : ''
}
