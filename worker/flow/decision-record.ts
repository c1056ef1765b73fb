/** Decisions as the log holds them: what was chosen among what, and what it takes to decide it again. */
import type { JsonObject } from '../contract/message.ts'
import type { Decision } from '../core/decision/decide.ts'
import { packLine } from '../core/decision/packed-line.ts'
import { lineOf } from '../core/decision/replay.ts'
import { fraction } from '../core/hash.ts'
import { propensityOf } from '../core/profile/reserved.ts'
import type { EventRecord } from '../core/record.ts'
import type { Decided, PlacementsQuestion } from './answer-placements.ts'
import { decisionIds, questionId, type ClaimFrame } from './claim.ts'

/** Whether a question is among those that are logged: by lot, the same one for its retries. */
export const isLogged = (
  share: number,
  { requestId, asker }: Pick<ClaimFrame, 'requestId' | 'asker'>,
): boolean => share >= 1 || (share > 0 && fraction('log', `${requestId}:${asker ?? ''}`) < share)

/** @param id of the question; where its placements are decided apart, of the decision */
export const logId = (id: string, atMs: number): string => `$decision:${id}@${atMs}`

/**
 * One record a question; one a placement where they are decided apart. What
 * was reserved before was logged then; programs are not logged.
 */
export function decisionRecords(
  asking: PlacementsQuestion,
  source: string,
  decided: readonly Decided[],
  profileId: string | null,
): EventRecord[] {
  if (!asking.apart) return recordOf(asking, source, decided, profileId)
  return decided.flatMap((one) => recordOf(asking, source, [one], profileId))
}

function recordOf(
  asking: PlacementsQuestion,
  source: string,
  decided: readonly Decided[],
  profileId: string | null,
): EventRecord[] {
  const [first] = decided
  if (first === undefined || first.tape === null || first.question.asked.bot) return []
  const decisions: JsonObject[] = []
  for (const { decision, candidates } of decided) {
    if (decision.kept === null) decisions.push(outcomeOf(decision, candidates))
  }
  if (decisions.length === 0) return []
  const { nowMs, release, apart } = asking
  const question = questionId(asking)
  const id = apart ? decisionIds(asking)(first.decision.placement.key, 0) : question
  const line = packLine(
    lineOf(
      release,
      first.question,
      decided.map(({ decision }) => decision),
      first.tape.answers,
    ),
  )
  return [
    {
      type: '$decision',
      messageId: logId(id, nowMs),
      source,
      profileId,
      epoch: release.epoch,
      properties: {
        question,
        decisions,
        ...(line === null ? { replayable: false } : { line: line as unknown as JsonObject }),
      },
      timestampMs: nowMs,
      receivedAtMs: nowMs,
      originalTimestampMs: null,
      sentAtMs: null,
    },
  ]
}

/** Without what is usual: docs/deciding.md#the-log says what it means that something is not there. */
function outcomeOf(
  { placement, policy, choices, kind, because, variation, learned, drawn, instead }: Decision,
  candidates: readonly string[],
): JsonObject {
  const [best] = choices
  const propensity = best === undefined ? 1 : propensityOf(best.propensity)
  const lots = drawn.map(({ experiment, arm }): [string, string] => [experiment.key, arm.key])
  return {
    placement: placement.key,
    // Why a fallback, or by what it was chosen.
    reason: because ?? kind,
    ...(policy === null ? {} : { policy: policy.key }),
    ...(best === undefined ? {} : { action: best.action.key }),
    ...(choices.length > 1 ? { actions: keysOf(choices) } : {}),
    ...(isOf(choices, candidates) ? {} : { candidates: [...candidates] }),
    ...(propensity === 1 ? {} : { propensity }),
    ...(variation === null ? {} : { arm: variation.arm.key }),
    ...(learned === null ? {} : { model: learned.model, leaf: learned.leaf }),
    ...(lots.length === 0 ? {} : { experiments: Object.fromEntries(lots) }),
    ...(instead.length === 0 ? {} : { instead: keysOf(instead) }),
  }
}

const keysOf = (choices: Decision['choices']): string[] => choices.map(({ action }) => action.key)

const isOf = (choices: Decision['choices'], keys: readonly string[]): boolean =>
  choices.length === keys.length && choices.every(({ action }, i) => action.key === keys[i])
