/** Decisions as the log holds them: what was chosen among what, and what it takes to decide it again. */
import type { JsonObject } from '../contract/message.ts'
import type { Decision } from '../core/decision/decide.ts'
import { lineOf } from '../core/decision/replay.ts'
import { fraction } from '../core/hash.ts'
import { propensityOf } from '../core/profile/reserved.ts'
import type { EventRecord } from '../core/record.ts'
import type { Decided, PlacementsQuestion } from './answer-placements.ts'
import { decisionIds, type ClaimFrame } from './claim.ts'
import type { DecisionClaim } from './ports.ts'

/** Whether a question is among those that are logged: by lot, the same one for its retries. */
export const isLogged = (
  share: number,
  { requestId, asker }: Pick<ClaimFrame, 'requestId' | 'asker'>,
): boolean => share >= 1 || (share > 0 && fraction('log', `${requestId}:${asker ?? ''}`) < share)

/** What a decision is logged under, whichever of its items a decisionId is of. */
export const logIdOf = ({ id, position, atMs }: Pick<DecisionClaim, 'id' | 'position' | 'atMs'>) =>
  `$decision:${id.slice(0, id.length - String(position).length)}0@${atMs}`

/**
 * One record a placement. The line to decide it again from is the whole
 * question's: the first record has it, and the others name that one. What was
 * reserved before was logged then; programs are not logged.
 */
export function decisionRecords(
  asking: PlacementsQuestion,
  source: string,
  decided: readonly Decided[],
  profileId: string | null,
): EventRecord[] {
  const idOf = decisionIds(asking)
  const lines = new Map<Decided['tape'], string>()
  const { nowMs, release } = asking
  return decided.flatMap((one): EventRecord[] => {
    const { decision, question, tape } = one
    if (tape === null || decision.kept !== null || question.asked.bot) return []
    const messageId = logIdOf({ id: idOf(decision.placement.key, 0), position: 0, atMs: nowMs })
    const first = lines.get(tape)
    if (first === undefined) lines.set(tape, messageId)
    const line = first === undefined ? lineWith(one, decided, release) : { lineIn: first }
    return [
      {
        type: '$decision',
        messageId,
        source,
        profileId,
        epoch: release.epoch,
        properties: { ...outcomeOf(decision, one.candidates, idOf), ...line },
        timestampMs: nowMs,
        receivedAtMs: nowMs,
        originalTimestampMs: null,
        sentAtMs: null,
      },
    ]
  })
}

function lineWith(
  { question, tape }: Decided,
  decided: readonly Decided[],
  release: PlacementsQuestion['release'],
): JsonObject {
  const together = decided.filter((one) => one.tape === tape).map(({ decision }) => decision)
  const line = lineOf(release, question, together, tape?.answers ?? [])
  return { line: line as unknown as JsonObject, replayable: line.answers !== null }
}

function outcomeOf(
  { placement, policy, choices, kind, because, variation, learned, drawn, instead }: Decision,
  candidates: readonly string[],
  idOf: ReturnType<typeof decisionIds>,
): JsonObject {
  const [best] = choices
  const lots = drawn.map(({ experiment, arm }): [string, string] => [experiment.key, arm.key])
  return {
    decision: idOf(placement.key, 0),
    placement: placement.key,
    policy: policy?.key ?? null,
    action: best?.action.key ?? null,
    actions: choices.map(({ action }) => action.key),
    /** Why a fallback, or by what it was chosen. */
    reason: because ?? kind,
    arm: variation?.arm.key ?? null,
    propensity: best === undefined ? null : propensityOf(best.propensity),
    model: learned?.model ?? 0,
    leaf: learned?.leaf ?? '',
    candidates: [...candidates],
    experiments: lots.length === 0 ? null : Object.fromEntries(lots),
    ...(instead.length === 0 ? {} : { instead: instead.map(({ action }) => action.key) }),
  }
}
