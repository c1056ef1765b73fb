/** The newest events of a person, slimmed to what conditions read. */
import type { JsonValue } from '../../contract/message.ts'
import { ANSWER } from '../condition/kept-answer.ts'
import type { PropertyReader } from '../condition/scope.ts'
import { readPath } from '../read-path.ts'
import type { EventRecord } from '../record.ts'
import type { Profile, RecentEvent } from './profile.ts'
import { fitsBytes } from './size.ts'

/** A filter that is answered when the event arrives; see condition/kept-answer.ts. */
export interface KeptAnswer {
  /** Begins with "~", as no property that is read does. */
  readonly key: string
  readonly property: string
  readonly answer: (read: PropertyReader, timestampMs: number) => boolean
}

/** What some condition reads, by event name: values of properties, answers about them. */
export type PropertyReads = ReadonlyMap<string, readonly (string | KeptAnswer)[]>

/** How conditions call a record: a track by its event, the rest by their type. */
export const eventName = (record: Pick<EventRecord, 'type' | 'event'>): string =>
  record.type === 'track' ? (record.event ?? '') : `$${record.type}`

/** Reads a record's properties as conditions and aggregates do. */
export const recordReader =
  (record: Pick<EventRecord, 'properties' | 'name'>): PropertyReader =>
  (path) => {
    // An answer is ours to give.
    if (path.startsWith(ANSWER)) return undefined
    // Page and screen carry their name beside the properties.
    return readPath(record.properties, path) ?? (path === 'name' ? record.name : undefined)
  }

/** Reads what was kept of a record. */
export const slimReader =
  ([, , , properties]: RecentEvent): PropertyReader =>
  (path) =>
    properties !== 0 && Object.hasOwn(properties, path) ? properties[path] : undefined

function slimProperties(
  record: EventRecord,
  reads: readonly (string | KeptAnswer)[],
): [string, JsonValue][] {
  const read = recordReader(record)
  return reads.flatMap((asked): [string, JsonValue][] => {
    if (typeof asked === 'string') {
      const value = read(asked)
      return value === undefined ? [] : [[asked, value]]
    }
    if (read(asked.property) === undefined) return []
    return [[asked.key, asked.answer(read, record.timestampMs) ? 1 : 0]]
  })
}

const compare = (a: RecentEvent, b: RecentEvent): number =>
  a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0)

export interface SlimEvent {
  /** null when not even the name fits. */
  readonly entry: RecentEvent | null
  /** Something was left out for its size. */
  readonly oversize: boolean
}

/** Where not all properties fit, the largest are left out, so that the small ones stay. */
export function recentEvent(
  record: EventRecord,
  digest: string,
  reads: PropertyReads,
  maxBytes: number,
): SlimEvent {
  const name = eventName(record)
  const properties = slimProperties(record, reads.get(name) ?? [])
  const entryOf = (kept: readonly [string, JsonValue][]): RecentEvent => [
    record.timestampMs,
    digest,
    name,
    kept.length === 0 ? 0 : Object.fromEntries(kept),
  ]
  const fits = (kept: readonly [string, JsonValue][]): boolean =>
    fitsBytes([name, kept.length === 0 ? 0 : Object.fromEntries(kept)], maxBytes)
  if (fits(properties)) return { entry: entryOf(properties), oversize: false }
  const smallestFirst = properties.toSorted(
    (a, b) => JSON.stringify(a).length - JSON.stringify(b).length || (a[0] < b[0] ? -1 : 1),
  )
  while (smallestFirst.length > 0 && !fits(smallestFirst)) smallestFirst.pop()
  return { entry: fits(smallestFirst) ? entryOf(smallestFirst) : null, oversize: true }
}

/** Puts an entry at its place in a list sorted oldest first. Changes `list`. */
export function putRecent(list: RecentEvent[], entry: RecentEvent): void {
  let at = list.length
  while (at > 0 && compare(list[at - 1] as RecentEvent, entry) > 0) at--
  list.splice(at, 0, entry)
}

/** The newest `cap` entries, and the time of the newest that was ever let go. */
export function keepRecent(
  list: readonly RecentEvent[],
  cap: number,
  floorMs: number,
): { readonly kept: readonly RecentEvent[]; readonly floorMs: number } {
  if (list.length <= cap) return { kept: list, floorMs }
  const kept = list.slice(list.length - cap)
  const [newestGone] = list[list.length - cap - 1] as RecentEvent
  return { kept, floorMs: Math.max(floorMs, newestGone) }
}

/** Whether the recent events hold everything that happened at a moment or later. */
export const recentCovers = ({ recentFloorMs = 0 }: Profile, fromMs: number): boolean =>
  recentFloorMs === 0 || recentFloorMs < fromMs

export const mergeRecent = (
  a: readonly RecentEvent[],
  b: readonly RecentEvent[],
): readonly RecentEvent[] => [...a, ...b].sort(compare)
