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
  const answers = await Promise.all(decided.map((one) => answer(seal, asking, one)))
  const decisions: Record<string, DecisionAnswer> = {}
  for (let i = 0; i < decided.length; i++) {
    decisions[(decided[i] as Decided).decision.placement.key] = answers[i] as DecisionAnswer
  }
  return decisions
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

async function answer(
  seal: DecisionSeal,
  asking: PlacementsQuestion,
  { question, decision, explanation }: Decided,
): Promise<DecisionAnswer> {
  const { tells } = asking
  const claim = claimsOf(asking, decision)
  const items = await Promise.all(
    decision.choices.map(async ({ action, content, propensity }, i) => ({
      decisionId: await seal.seal(claim(i, action.key, propensity)),
      content,
      ...(tells ? { action: action.key } : {}),
    })),
  )
  // Nothing is shown, and yet an experiment counts who would have seen it.
  const missed =
    items.length === 0 && decision.drawn.some(({ experiment }) => experiment.id !== null)
  return {
    items,
    ...(missed ? { decisionId: await seal.seal(claim(0, null, 1)) } : {}),
    ...(tells ? { reason: reasonOf(decision, question) } : {}),
    ...(explanation === undefined ? {} : { explain: explanation }),
  }
}

/** "ja-JP" speaks "ja". */
function languageOf(context: JsonObject): string {
  const locale = context['locale']
  return typeof locale === 'string' ? (locale.toLowerCase().split(/[-_]/)[0] ?? '') : ''
}
