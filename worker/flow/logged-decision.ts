/**
 * One placement's decision, read from the log. A record was one of a placement
 * once, of which the first had the line and the others said where it is.
 */
import type { JsonObject } from '../contract/message.ts'
import { unpackLine, type PackedLine } from '../core/decision/packed-line.ts'
import type { DecisionLine } from '../core/decision/replay.ts'
import type { EventRecord } from '../core/record.ts'
import { logId } from './decision-record.ts'
import type { DecisionClaim } from './ports.ts'
import type { DecisionLines } from './replay-ports.ts'

export interface LoggedDecision {
  readonly profileId: string | null
  readonly policy: string | null
  readonly actions: readonly string[]
  readonly instead: readonly string[]
  readonly reason: string | null
  /** null where not all that was read was logged. */
  readonly line: DecisionLine | null
}

type Sought = Pick<DecisionClaim, 'id' | 'placement' | 'position' | 'atMs' | 'policy' | 'action'>

/**
 * Of one moment there may be several under one id: questions about other
 * placements that were asked at once, and somebody who stands in a list twice.
 * @returns the one that says what was claimed, or else one of the same
 *   placement; null where it was not logged, or is no more. Throws StoreError
 *   and BrokenFileError.
 */
export async function loggedDecision(
  lines: DecisionLines,
  sought: Sought,
): Promise<LoggedDecision | null> {
  const { id, placement, position, atMs } = sought
  const own = logId(`${id.slice(0, -String(position).length)}0`, atMs)
  const question = logId(id.slice(0, -`:${placement}:${position}`.length), atMs)
  let other: EventRecord | null = null
  const exact = await lines.find([question, own], atMs, (record) => {
    const told = toldOf(record, placement)
    if (told === undefined) return false
    if (isOf(sought, outcome(told))) return true
    other ??= record
    return false
  })
  const record = exact ?? other
  const told = record === null ? undefined : toldOf(record, placement)
  if (record === null || told === undefined) return null
  return { ...outcome(told), profileId: record.profileId, line: await lineOf(record, lines, atMs) }
}

const isOf = (
  { policy, action, position }: Sought,
  logged: Pick<LoggedDecision, 'policy' | 'actions'>,
): boolean => logged.policy === policy && (logged.actions[position] ?? null) === action

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const decisionsOf = ({ properties = {} }: EventRecord): readonly JsonObject[] => {
  const { decisions } = properties
  return Array.isArray(decisions) ? decisions.filter(isObject) : [properties]
}

const toldOf = (record: EventRecord, placement: string): JsonObject | undefined =>
  decisionsOf(record).find((one) => one['placement'] === placement)

function outcome({ policy, action, actions, instead, reason }: JsonObject) {
  return {
    policy: textOf(policy),
    actions: textsOf(actions ?? [action]),
    instead: textsOf(instead),
    reason: textOf(reason),
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []

async function lineOf(
  record: EventRecord,
  lines: DecisionLines,
  atMs: number,
): Promise<DecisionLine | null> {
  const { line, lineIn } = record.properties ?? {}
  if (typeof lineIn === 'string') {
    const first = await lines.find([lineIn], atMs, () => true)
    return first === null ? null : lineOf(first, lines, atMs)
  }
  if (!isObject(line)) return null
  if (line['v'] === 1) return line as unknown as DecisionLine
  return unpackLine(line as unknown as PackedLine, {
    epoch: record.epoch,
    nowMs: record.timestampMs,
    placements: decisionsOf(record).map((one) => one['placement'] as string),
  })
}
