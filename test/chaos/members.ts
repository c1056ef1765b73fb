/** Who is in some segment, by the log alone: a merge brings along what the absorbed one was in. */
import type { EventRecord } from '../../worker/core/record.ts'

/** @param rows such that those of one profile are in the order of its commits */
export function membersOf(rows: readonly EventRecord[]): string[] {
  const segments = new Map<string, Set<unknown>>()
  const of = (profileId: unknown): Set<unknown> => {
    const known = segments.get(String(profileId)) ?? new Set()
    segments.set(String(profileId), known)
    return known
  }
  for (const { type, profileId, properties } of rows) {
    if (type === '$segment') {
      const { segment, change } = properties ?? {}
      // Entering twice, or leaving what nobody entered, is a commit that counted double.
      if (of(profileId).has(segment) === (change === 'entered')) {
        throw new Error(`twice in a row: ${JSON.stringify([profileId, properties])}`)
      }
      if (change === 'entered') of(profileId).add(segment)
      else of(profileId).delete(segment)
    }
    if (type === '$merge') {
      for (const segment of of(properties?.['absorbed'])) of(properties?.['survivor']).add(segment)
      of(properties?.['absorbed']).clear()
    }
  }
  return [...segments].filter(([, names]) => names.size > 0).map(([id]) => id)
}
