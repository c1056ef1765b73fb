/** A person's identifiers: seen again, added, and the oldest device making room. */
import type { ProfileIdentifier } from '../profile/profile.ts'
import type { Identifier } from './identifier.ts'
import type { IdentityRules } from './rules.ts'

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

/** Brings every type under its limit: those least recently seen let go. */
export function makeRoom(
  identifiers: readonly ProfileIdentifier[],
  { limitOf }: Pick<IdentityRules, 'limitOf'>,
): Roster {
  const counts = new Map<string, number>()
  for (const { type } of identifiers) counts.set(type, (counts.get(type) ?? 0) + 1)
  const released: ProfileIdentifier[] = []
  for (const [type, count] of counts) {
    const { max } = limitOf(type)
    // An alias may join two user ids: both stay.
    if (count <= max || type === 'user_id') continue
    const newestFirst = identifiers
      .filter((i) => i.type === type)
      .sort((a, b) => b.lastSeenMs - a.lastSeenMs || (a.value < b.value ? -1 : 1))
    released.push(...newestFirst.slice(max))
  }
  if (released.length === 0) return { identifiers, released }
  return { identifiers: identifiers.filter((i) => !released.includes(i)), released }
}
