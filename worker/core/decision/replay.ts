/** A decision as it is logged, and decided again from its log line. */
import { factsOf } from '../condition/facts.ts'
import { emptyProfile } from '../profile/profile.ts'
import type { Release } from '../release/release.ts'
import { decidePlacement, type Decision, type Witness } from './decide.ts'
import type { CompiledPlacement } from './plan.ts'
import { Question } from './question.ts'
import { packAnswers, unpackAnswers, type PackedAnswers } from './packed-answers.ts'
import { player, type Answer } from './tape.ts'

export interface DecisionLine {
  readonly epoch: number
  readonly nowMs: number
  /** What lots are drawn by. */
  readonly splitKey: string
  readonly language: string
  readonly bot: boolean
  readonly atMost: number | null
  readonly identified: boolean
  /** In the order asked. */
  readonly placements: readonly string[]
  /** null where they would not fit, where a reservation was given again, and where nobody was read. */
  readonly answers: PackedAnswers | null
}

/** Of the whole line as JSON. */
const MAX_LINE_BYTES = 4096
const encoder = new TextEncoder()

/** @param question one that recorded, after its placements were decided */
export function lineOf(
  release: Pick<Release, 'epoch'>,
  question: Question,
  decisions: readonly Decision[],
  recorded: readonly Answer[],
): DecisionLine {
  const { facts, language, bot, atMost, identified, preview } = question.asked
  const line: DecisionLine = {
    epoch: release.epoch,
    nowMs: facts.nowMs,
    splitKey: facts.profile.splitKey,
    language,
    bot,
    atMost,
    identified,
    placements: decisions.map(({ placement }) => placement.key),
    answers: packAnswers(recorded),
  }
  const whole =
    preview === null &&
    decisions.every(({ kept, because }) => kept === null && because !== 'degraded')
  return whole && fits(line) ? line : { ...line, answers: null }
}

/** Of a text's character as JSON: an escape. */
const MAX_CHARACTER_BYTES = 6
/** Of names, numbers and brackets, more than there are. */
const FRAME_BYTES = 400

/** Most lines are so short that they need not be written to be weighed. */
function fits(line: DecisionLine): boolean {
  const { order, values } = line.answers ?? { order: '', values: [] }
  let characters = line.splitKey.length + line.language.length
  for (const key of line.placements) characters += key.length + 1
  for (const value of values) characters += typeof value === 'string' ? value.length + 1 : 5
  const most = FRAME_BYTES + order.length + characters * MAX_CHARACTER_BYTES
  return most <= MAX_LINE_BYTES || encoder.encode(JSON.stringify(line)).length <= MAX_LINE_BYTES
}

/**
 * @param release the one of the line's epoch
 * @returns null for a line that is not replayable
 */
export function replay(
  release: Release,
  line: DecisionLine,
  witnessOf?: (question: Question, placement: CompiledPlacement) => Witness | undefined,
): readonly Decision[] | null {
  if (line.answers === null) return null
  const { nowMs, splitKey, language, bot, atMost, identified } = line
  const question = new Question({
    facts: factsOf(release.segments, emptyProfile('', splitKey), {}, nowMs),
    house: release.house,
    language,
    stopped: release.stopped,
    bot,
    atMost,
    preview: null,
    models: null,
    identified,
    decisionId: null,
    tape: player(unpackAnswers(line.answers)),
  })
  const decisions: Decision[] = []
  for (const key of line.placements) {
    const placement = release.placements.get(key)
    if (placement === undefined) return null
    decisions.push(decidePlacement(placement, question, witnessOf?.(question, placement)))
  }
  return decisions
}
