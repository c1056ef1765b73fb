/** Why a decision of the past came out as it did: its log line found, and decided again. */
import type { WhyAnswer } from '../contract/why.ts'
import { isoIn } from '../core/calendar/clock.ts'
import type { Decision } from '../core/decision/decide.ts'
import { replay } from '../core/decision/replay.ts'
import { reasonOf } from '../core/decision/explain.ts'
import { retold } from '../core/decision/retold.ts'
import { compileRelease } from '../core/release/compile.ts'
import type { Release } from '../core/release/release.ts'
import { fail, ok, type Result } from '../core/result.ts'
import { DECISION_LIFE_MS } from './admit.ts'
import type { ConfigurationStore } from './configuration-ports.ts'
import { formulasFor } from './formulas.ts'
import { loggedDecision, type LoggedDecision } from './logged-decision.ts'
import { namesOf } from './names-of.ts'
import type { DecisionClaim, DecisionSeal } from './ports.ts'
import { regexFor } from './regex.ts'
import type { DecisionLines } from './replay-ports.ts'

export interface WhyPorts {
  readonly seal: DecisionSeal
  readonly lines: DecisionLines
  readonly configuration: Pick<ConfigurationStore, 'activation'>
}

export interface WhyError {
  readonly code: 'invalid_decision_id' | 'not_found'
  readonly detail: string
}

/**
 * Throws StoreError, and BrokenFileError where a file of that hour cannot be read.
 * @param language of the names: "ja"; null for those that stand under `name`
 */
export async function why(
  { seal, lines, configuration }: WhyPorts,
  decisionId: string,
  nowMs: number,
  language: string | null,
): Promise<Result<WhyAnswer, WhyError>> {
  const claim = seal.open(decisionId)
  if (claim === null) {
    return fail({ code: 'invalid_decision_id', detail: 'not a decision of this deployment' })
  }
  const was = await configuration.activation(claim.epoch)
  if (was === null) return fail({ code: 'not_found', detail: `no epoch ${claim.epoch}` })
  const release = await releaseOf(was)
  const logged = await loggedDecision(lines, claim)
  const names = namesOf(was.configuration, language)
  const base = claimed(claim, release, names, nowMs)
  // Where a fallback was quicker than what was reserved, the line is of what nobody was shown.
  if (logged === null || logged.policy !== claim.policy) return ok(base)
  const { profileId, actions: shown, instead } = logged
  return ok({
    ...base,
    profileId,
    shown: [...shown],
    instead: [...instead],
    ...replayed(release, logged, claim),
  })
}

const releaseOf = async ({
  configuration,
  release: number,
  epoch,
  stopped,
}: NonNullable<Awaited<ReturnType<ConfigurationStore['activation']>>>): Promise<Release> => {
  const [regex, formulas] = [await regexFor(configuration), await formulasFor(configuration)]
  return compileRelease(configuration, { number, epoch, stopped }, regex, formulas)
}

function claimed(
  claim: DecisionClaim,
  release: Release,
  names: WhyAnswer['names'],
  nowMs: number,
): WhyAnswer {
  const { placement, action, position, atMs, epoch, policy, arm, propensity, experiments } = claim
  return {
    placement,
    action,
    position,
    at: isoIn(release.house.calendar.zone, atMs),
    expired: nowMs >= atMs + DECISION_LIFE_MS,
    epoch,
    release: release.number,
    profileId: null,
    policy,
    arm,
    propensity,
    experiments: experiments ?? {},
    replay: 'not_logged',
    shown: action === null ? [] : [action],
    instead: [],
    reason: null,
    stopped: null,
    policies: [],
    names,
  }
}

type Retold = Pick<WhyAnswer, 'replay' | 'reason' | 'stopped' | 'policies'>
const UNTOLD = { reason: null, stopped: null, policies: [] } as const

function replayed(release: Release, logged: LoggedDecision, { placement }: DecisionClaim): Retold {
  const { line } = logged
  if (line === null || line.answers === null) return { replay: 'not_replayable', ...UNTOLD }
  const account = retold(release, placement)
  let decision: Decision | undefined
  try {
    const decisions = replay(release, line, account.witnessOf)
    decision = decisions?.find((one) => one.placement.key === placement)
  } catch (error) {
    // It asks for other things than it did then.
    if (!(error instanceof RangeError)) throw error
  }
  if (decision === undefined) return { replay: 'different', ...UNTOLD }
  const { stopped, policies, question } = account.told(decision)
  return {
    replay: isSame(decision, logged) ? 'same' : 'different',
    reason: reasonOf(decision, question),
    stopped,
    policies,
  }
}

function isSame(
  { choices, because, kind, policy }: Decision,
  logged: Pick<LoggedDecision, 'actions' | 'reason' | 'policy'>,
): boolean {
  return (
    choices.length === logged.actions.length &&
    choices.every(({ action }, i) => action.key === logged.actions[i]) &&
    (because ?? kind) === logged.reason &&
    (policy?.key ?? null) === logged.policy
  )
}
