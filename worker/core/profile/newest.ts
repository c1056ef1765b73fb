/** Last-writer-wins maps with a cap on their count: traits, consents. */
import type { WriteKey } from './profile.ts'

/** Positive when `a` was written after `b`: by time, then by digest. */
export const compareWrites = (a: WriteKey, b: WriteKey): number =>
  a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0)

interface Written {
  readonly at: WriteKey
}

/** Takes the entry unless a later one stands there. Changes `map`. */
export function putNewest<T extends Written>(map: Record<string, T>, name: string, entry: T): void {
  const standing = Object.hasOwn(map, name) ? map[name] : undefined
  if (standing === undefined || compareWrites(entry.at, standing.at) > 0) map[name] = entry
}

/**
 * The `cap` names written last. What is dropped is older than all that stay,
 * and stays so whatever else arrives: the rule knows no order of arrival.
 */
export function keepNewest<T extends Written>(
  map: Readonly<Record<string, T>>,
  cap: number,
): { readonly kept: Record<string, T>; readonly dropped: number } {
  const names = Object.keys(map)
  if (names.length <= cap) return { kept: map, dropped: 0 }
  const entries = Object.entries(map).sort(
    ([nameA, a], [nameB, b]) => compareWrites(b.at, a.at) || (nameA < nameB ? -1 : 1),
  )
  return { kept: Object.fromEntries(entries.slice(0, cap)), dropped: names.length - cap }
}

/** The union of two maps; on equal names the later write. */
export function mergeNewest<T extends Written>(
  a: Readonly<Record<string, T>>,
  b: Readonly<Record<string, T>>,
): Record<string, T> {
  const union: Record<string, T> = { ...a }
  for (const name of Object.keys(b)) putNewest(union, name, b[name] as T)
  return union
}
