/** What conditions read, found by walking them: the fold keeps just that. */
import type { Condition } from '../../contract/condition.ts'
import type { AggregateConfig } from '../../contract/config.ts'
import { propertiesOf } from './where.ts'

/** Every leaf and branch of a condition, itself first. */
export function* walk(condition: Condition): Generator<Condition> {
  yield condition
  if ('all' in condition) for (const part of condition.all) yield* walk(part)
  else if ('any' in condition) for (const part of condition.any) yield* walk(part)
  else if ('not' in condition) yield* walk(condition.not)
}

/** event name → the properties that some condition or aggregate reads of it. */
export function propertyReads(
  conditions: Iterable<Condition>,
  aggregates: readonly AggregateConfig[] = [],
): Map<string, string[]> {
  const reads = new Map<string, Set<string>>()
  const add = (event: string, names: Iterable<string>): void => {
    const known = reads.get(event) ?? new Set()
    for (const name of names) known.add(name)
    reads.set(event, known)
  }
  for (const condition of conditions) {
    for (const leaf of walk(condition)) {
      if ('event' in leaf && leaf.where !== undefined) add(leaf.event, propertiesOf(leaf.where))
    }
  }
  for (const { event, where, property } of aggregates) {
    if (where !== undefined) add(event, propertiesOf(where))
    if (property !== undefined) add(event, [property])
  }
  return new Map([...reads].map(([event, names]) => [event, [...names].sort()]))
}

/** Whether a leaf's answer can differ from request to request of the same person. */
export const readsRequest = (leaf: Condition): boolean => 'context' in leaf
