/** The newest events of a person, slimmed to what conditions read. */
import type { JsonObject, JsonValue } from '../../contract/message.ts'
import type { EventRecord } from '../record.ts'
import type { RecentEvent } from './profile.ts'
import { fitsBytes } from './size.ts'

/** Properties that some condition reads, by event name. */
export type PropertyReads = ReadonlyMap<string, readonly string[]>

/** How conditions call a record: a track by its event, the rest by their type. */
export const eventName = (record: Pick<EventRecord, 'type' | 'event'>): string =>
  record.type === 'track' ? (record.event ?? '') : `$${record.type}`

/** "product.category" reads an object inside an object. */
export function readPath(object: JsonObject | undefined, path: string): JsonValue | undefined {
  if (object === undefined) return undefined
  if (Object.hasOwn(object, path)) return object[path]
  if (!path.includes('.')) return undefined
  let value: JsonValue | undefined = object
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    if (!Object.hasOwn(value, step)) return undefined
    value = (value as JsonObject)[step]
  }
  return value
}

/** Reads a record's properties as conditions and aggregates do. */
export const recordReader =
  (record: Pick<EventRecord, 'properties' | 'name'>): ((path: string) => JsonValue | undefined) =>
  (path) =>
    // Page and screen carry their name beside the properties.
    readPath(record.properties, path) ?? (path === 'name' ? record.name : undefined)

function slimProperties(record: EventRecord, paths: readonly string[]): [string, JsonValue][] {
  const read = recordReader(record)
  return paths.flatMap((path): [string, JsonValue][] => {
    const value = read(path)
    return value === undefined ? [] : [[path, value]]
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

export const keepRecent = (list: readonly RecentEvent[], cap: number): readonly RecentEvent[] =>
  list.length <= cap ? list : list.slice(list.length - cap)

export const mergeRecent = (
  a: readonly RecentEvent[],
  b: readonly RecentEvent[],
): readonly RecentEvent[] => [...a, ...b].sort(compare)
