/** A person's identifiers: seen again, added, and the oldest device making room. */
import type { ProfileIdentifier } from '../profile/profile.ts'
import type { Identifier } from './identifier.ts'
import { limitOf, makesRoom } from './stitch.ts'

export interface Roster {
  readonly identifiers: readonly ProfileIdentifier[]
  /** Those that had to make room: they belong to nobody now. */
  readonly released: readonly Identifier[]
}

/** Marks identifiers as seen at a time, adding those that are new. */
export function touch(
  standing: readonly ProfileIdentifier[],
  seen: readonly Identifier[],
  timestampMs: number,
): readonly ProfileIdentifier[] {
  const touched = [...standing]
  for (const { type, value } of seen) {
    const at = touched.findIndex((i) => i.type === type && i.value === value)
    const before = touched[at]
    if (before === undefined) {
      touched.push({ type, value, firstSeenMs: timestampMs, lastSeenMs: timestampMs })
    } else if (timestampMs < before.firstSeenMs || timestampMs > before.lastSeenMs) {
      touched[at] = {
        type,
        value,
        firstSeenMs: Math.min(before.firstSeenMs, timestampMs),
        lastSeenMs: Math.max(before.lastSeenMs, timestampMs),
      }
    }
  }
  return touched
}

/** The identifiers of two people who turned out to be one. */
export function union(
  a: readonly ProfileIdentifier[],
  b: readonly ProfileIdentifier[],
): readonly ProfileIdentifier[] {
  let joined = a
  for (const i of b) {
    joined = touch(joined, [i], i.firstSeenMs)
    joined = touch(joined, [i], i.lastSeenMs)
  }
  return joined
}

/** Brings every type that makes room under its limit. */
export function makeRoom(identifiers: readonly ProfileIdentifier[]): Roster {
  const released: ProfileIdentifier[] = []
  const types = new Set(identifiers.map((i) => i.type).filter(makesRoom))
  for (const type of types) {
    const ofType = identifiers.filter((i) => i.type === type)
    if (ofType.length <= limitOf(type)) continue
    const newestFirst = [...ofType].sort(
      (a, b) => b.lastSeenMs - a.lastSeenMs || (a.value < b.value ? -1 : 1),
    )
    released.push(...newestFirst.slice(limitOf(type)))
  }
  if (released.length === 0) return { identifiers, released }
  return { identifiers: identifiers.filter((i) => !released.includes(i)), released }
}
