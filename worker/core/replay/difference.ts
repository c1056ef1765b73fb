/** Where a person as rebuilt differs from the one that stands in the store. */
import type { Profile } from '../profile/profile.ts'
import type { Rebuilt } from './rebuild.ts'

/**
 * Not content: the id and the version of the form, the epoch it was last folded
 * under, what was left out, and which segments follow from it all.
 */
const APART = new Set(['schema', 'id', 'epoch', 'dropped', 'membership'])

/** Names of sections; `missing` where nobody stands there, `merged` where one is a tombstone and the other not the same. */
export function difference(rebuilt: Rebuilt, standing: Rebuilt | undefined): readonly string[] {
  if (standing === undefined) return ['missing']
  if (rebuilt.mergedInto !== standing.mergedInto) return ['merged']
  // A tombstone holds nothing more.
  if (rebuilt.mergedInto !== null) return []
  const sections = new Set([...Object.keys(rebuilt.profile), ...Object.keys(standing.profile)])
  return [...sections].filter(
    (section) =>
      !APART.has(section) &&
      contentOf(rebuilt.profile, section) !== contentOf(standing.profile, section),
  )
}

/** As text that is equal for equal content: a section's own order of names means nothing. */
function contentOf(profile: Profile, section: string): string | undefined {
  const value: unknown = profile[section as keyof Profile]
  if (section !== 'identifiers') return JSON.stringify(sorted(value))
  const keyed = profile.identifiers.map((i) => [`${i.type}:${i.value}`, sorted(i)] as const)
  return JSON.stringify(keyed.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return ['[', ...value.map(sorted)]
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return ['{', ...entries.map(([name, item]) => [name, sorted(item)])]
}
