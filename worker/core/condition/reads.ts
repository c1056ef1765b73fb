/** What conditions read, found by walking them: the fold keeps just that. */
import type { Condition, PropertyCondition } from '../../contract/condition.ts'

/** Every leaf and branch of a condition, itself first. */
export function* walk(condition: Condition): Generator<Condition> {
  yield condition
  if ('all' in condition) for (const part of condition.all) yield* walk(part)
  else if ('any' in condition) for (const part of condition.any) yield* walk(part)
  else if ('not' in condition) yield* walk(condition.not)
}

function* propertiesOf(where: PropertyCondition): Generator<string> {
  if ('all' in where) for (const part of where.all) yield* propertiesOf(part)
  else if ('any' in where) for (const part of where.any) yield* propertiesOf(part)
  else if ('not' in where) yield* propertiesOf(where.not)
  else yield where.property
}

/** event name → the properties that some condition reads of it. */
export function propertyReads(conditions: Iterable<Condition>): Map<string, string[]> {
  const reads = new Map<string, Set<string>>()
  for (const condition of conditions) {
    for (const leaf of walk(condition)) {
      if (!('event' in leaf) || leaf.where === undefined) continue
      const names = reads.get(leaf.event) ?? new Set()
      for (const name of propertiesOf(leaf.where)) names.add(name)
      reads.set(leaf.event, names)
    }
  }
  return new Map([...reads].map(([event, names]) => [event, [...names].sort()]))
}
