/** What a request says, as far as a formula reads it, and no longer than a formula should walk. */
import type { JsonObject, JsonValue } from '../../contract/message.ts'

const MOST_ELEMENTS = 100
const DEEPEST = 4
/** Steps are counted, and one of them may go through a whole text. A trait has 160 bytes at most. */
const MOST_CHARACTERS = 1000

/** @param names the first names that are read; null for all */
export function boundedContext(
  context: JsonObject,
  names: ReadonlySet<string> | null,
): Record<string, unknown> {
  const bounded: Record<string, unknown> = {}
  for (const name of names ?? Object.keys(context)) {
    const value = Object.hasOwn(context, name) ? context[name] : undefined
    if (value !== undefined && value !== null) bounded[name] = boundedValue(value, DEEPEST)
  }
  return bounded
}

function boundedValue(value: JsonValue, levels: number): unknown {
  if (typeof value === 'string') return value.slice(0, MOST_CHARACTERS)
  if (typeof value !== 'object' || value === null) return value
  if (levels === 0) return {}
  if (Array.isArray(value)) {
    return value.slice(0, MOST_ELEMENTS).map((element) => boundedValue(element, levels - 1))
  }
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST_ELEMENTS)
      .map(([key, inner]) => [key, boundedValue(inner, levels - 1)]),
  )
}
