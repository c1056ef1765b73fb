/** Which counters an exposure or an event adds to, as a release says. */
import type { EventFilter } from '../condition/where.ts'
import type { EventRecord } from '../record.ts'
import type { CounterNeeds, Exposure } from './exposures.ts'
import { eventName, recordReader } from './recent.ts'

export type ExposureKind = 'served' | 'impression' | 'click' | 'dismiss'

const KINDS: ReadonlyMap<string, ExposureKind> = new Map([
  ['$served', 'served'],
  ['$impression', 'impression'],
  ['$click', 'click'],
  ['$dismiss', 'dismiss'],
])

export const exposureKind = (
  record: Pick<EventRecord, 'type' | 'event'>,
): ExposureKind | undefined =>
  record.type === 'track' && record.event !== undefined ? KINDS.get(record.event) : undefined

export interface Counting {
  readonly needs: CounterNeeds
  /** "impression:action:hero-knit" → ids of all that count with it: the action, its tags, … */
  readonly counters: ReadonlyMap<string, readonly string[]>
  /** Event name → conversions that end something. */
  readonly conversions: ReadonlyMap<string, readonly ConversionRule[]>
}
export interface ConversionRule {
  readonly id: string
  readonly matches: EventFilter | null
}

/** What a decision's items share is counted by the first of them. */
const SHARED = ['policy', 'placement'] as const

/** What an exposure adds to; nothing where no cap asks. */
export function exposuresOf(
  record: EventRecord,
  kind: ExposureKind,
  { counters }: Counting,
): Exposure[] {
  if (counters.size === 0) return []
  const { properties = {}, timestampMs } = record
  const found: Exposure[] = []
  const add = (subject: string): void => {
    const name = properties[subject]
    if (typeof name !== 'string') return
    for (const id of counters.get(`${kind}:${subject}:${name}`) ?? []) found.push([id, timestampMs])
  }
  add('action')
  // The placement's own fallback is nobody's pressure.
  const isChosen = typeof properties['policy'] === 'string'
  const isFirst = properties['position'] === undefined || properties['position'] === 0
  if (isChosen && isFirst) for (const subject of SHARED) add(subject)
  return found
}

/** The conversions that an event is. */
export function conversionsOf(record: EventRecord, { conversions }: Counting): Exposure[] {
  if (conversions.size === 0) return []
  return (conversions.get(eventName(record)) ?? []).flatMap(({ id, matches }): Exposure[] =>
    matches === null || matches(recordReader(record), record.timestampMs)
      ? [[id, record.timestampMs]]
      : [],
  )
}
