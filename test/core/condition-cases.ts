/**
 * The cases of test/core/cases/conditions*.json: what somebody is and did, a
 * condition, and whether it holds. Another implementation can run them; README
 * of the fields: docs/conditions.md#cases.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Condition } from '../../worker/contract/condition.ts'
import type { JsonObject } from '../../worker/contract/message.ts'
import type { EventRecord } from '../../worker/core/record.ts'

/** [when, event, properties]; a page is "$page". */
export type CaseEvent = readonly [at: string, event: string, properties?: JsonObject]

export interface CaseProfile {
  readonly traits?: JsonObject
  readonly events?: readonly CaseEvent[]
  /** type → values. */
  readonly identifiers?: Readonly<Record<string, readonly string[]>>
  /** purpose → granted or not. */
  readonly consents?: Readonly<Record<string, boolean>>
  /** list → on it, or taken off. */
  readonly lists?: Readonly<Record<string, boolean>>
}

export interface Case {
  readonly name: string
  readonly condition: Condition
  readonly profile?: CaseProfile
  readonly context?: JsonObject
  /** 2026-03-01T12:00:00Z unless given. */
  readonly now?: string
  /** The workspace's; UTC unless given. */
  readonly timeZone?: string
  /** Monday unless given. */
  readonly weekStart?: 'monday' | 'sunday' | 'saturday'
  readonly expected: boolean
  readonly why?: string
}

export const CASE_NOW = '2026-03-01T12:00:00Z'

/** Segments that cases refer to. */
export const CASE_SEGMENTS: Readonly<Record<string, Condition>> = {
  adult: { trait: 'age', gte: 18 },
  'adult-in-tokyo': { all: [{ segment: 'adult' }, { trait: 'city', eq: 'Tokyo' }] },
  'from-mail': { context: 'campaign.medium', eq: 'email' },
}

const FOLDER = join(import.meta.dirname, 'cases')

/** file → its cases */
export const CASES: readonly (readonly [file: string, cases: readonly Case[]])[] = readdirSync(
  FOLDER,
)
  .filter((name) => name.startsWith('conditions'))
  .sort()
  .map((name) => [name, JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Case[]])

const base = { source: 'test', profileId: 'p', epoch: 1, originalTimestampMs: null, sentAtMs: null }

/** What would have been recorded of such a person. */
export function recordsOf(
  { traits, events = [], consents, lists = {} }: CaseProfile,
  nowMs: number,
): EventRecord[] {
  const at = (timestampMs: number) => ({ ...base, timestampMs, receivedAtMs: timestampMs })
  const records = events.map(([when, event, properties], i): EventRecord => {
    const ms = Date.parse(when)
    if (Number.isNaN(ms)) throw new Error(`"${when}" is no time`)
    const type = event.startsWith('$') && event !== '$consent' ? event.slice(1) : 'track'
    return {
      ...at(ms),
      type: type as EventRecord['type'],
      messageId: `e${i}`,
      ...(type === 'track' ? { event } : {}),
      ...(properties === undefined ? {} : { properties }),
    }
  })
  if (traits !== undefined) {
    records.push({ ...at(nowMs), type: 'identify', messageId: 'traits', traits })
  }
  if (consents !== undefined) {
    records.push({
      ...at(nowMs),
      type: 'track',
      event: '$consent',
      messageId: 'consents',
      anonymousId: 'device',
      properties: consents,
    })
  }
  for (const [list, isIn] of Object.entries(lists)) {
    records.push({
      ...at(nowMs),
      type: '$list',
      messageId: `list:${list}`,
      properties: { list, in: isIn },
    })
  }
  return records
}
