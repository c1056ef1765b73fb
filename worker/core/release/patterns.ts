import type { Configuration } from '../../contract/config.ts'
import { conditionsOf, filtersOf } from './conditions.ts'

/** Whether a condition or a filter matches a pattern. */
export function hasPatterns(config: Configuration): boolean {
  for (const { condition } of conditionsOf(config)) if (matchesSomewhere(condition)) return true
  for (const { where } of filtersOf(config)) if (matchesSomewhere(where)) return true
  return false
}

function matchesSomewhere(part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return false
  if (Array.isArray(part)) return part.some(matchesSomewhere)
  for (const field in part) {
    if (field === 'matches') return true
    if (matchesSomewhere((part as Readonly<Record<string, unknown>>)[field])) return true
  }
  return false
}
