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

/** @returns null where it was not logged, or is no more. Throws StoreError and BrokenFileError. */
export async function loggedDecision(
  lines: DecisionLines,
  { id, placement, position, atMs }: Pick<DecisionClaim, 'id' | 'placement' | 'position' | 'atMs'>,
): Promise<LoggedDecision | null> {
  const own = logId(`${id.slice(0, -String(position).length)}0`, atMs)
  const question = logId(id.slice(0, -`:${placement}:${position}`.length), atMs)
  const found = await lines.find([question, own], atMs)
  for (const record of [found.get(question), found.get(own)]) {
    const told = record === undefined ? undefined : toldOf(record, placement)
    if (record === undefined || told === undefined) continue
    return {
      ...outcome(told),
      profileId: record.profileId,
      line: await lineOf(record, lines, atMs),
    }
  }
  return null
}

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
    const first = (await lines.find([lineIn], atMs)).get(lineIn)
    return first === undefined ? null : lineOf(first, lines, atMs)
  }
  if (!isObject(line)) return null
  if (line['v'] === 1) return line as unknown as DecisionLine
  return unpackLine(line as unknown as PackedLine, {
    epoch: record.epoch,
    nowMs: record.timestampMs,
    placements: decisionsOf(record).map((one) => one['placement'] as string),
  })
}
