/** Conditions on one event's own properties: filters of event leaves and of aggregates. */
import type { PropertyCondition } from '../../contract/condition.ts'
import type { JsonValue } from '../../contract/message.ts'
import { compileNextMoment, compileOperators } from './operators.ts'

export type PropertyReader = (path: string) => JsonValue | undefined
export type PropertyTest = (read: PropertyReader, nowMs: number) => boolean

export function compileWhere(where: PropertyCondition): PropertyTest {
  if ('all' in where) {
    const parts = where.all.map(compileWhere)
    return (read, nowMs) => parts.every((part) => part(read, nowMs))
  }
  if ('any' in where) {
    const parts = where.any.map(compileWhere)
    return (read, nowMs) => parts.some((part) => part(read, nowMs))
  }
  if ('not' in where) {
    const part = compileWhere(where.not)
    return (read, nowMs) => !part(read, nowMs)
  }
  const { property } = where
  const test = compileOperators(where)
  return (read, nowMs) => test(read(property), nowMs)
}

/** When a filter's answer could next change by time alone; null when time has no say in it. */
export function compileNextWhere(
  where: PropertyCondition,
): ((read: PropertyReader, atMs: number) => number) | null {
  const parts = [...walkWhere(where)].flatMap((part) => {
    if (!('property' in part)) return []
    const next = compileNextMoment(part)
    return next === null ? [] : [[part.property, next] as const]
  })
  if (parts.length === 0) return null
  return (read, atMs) =>
    parts.reduce((min, [property, next]) => Math.min(min, next(read(property), atMs)), Infinity)
}

/** Every leaf and branch of a filter, itself first. */
export function* walkWhere(where: PropertyCondition): Generator<PropertyCondition> {
  yield where
  if ('all' in where) for (const part of where.all) yield* walkWhere(part)
  else if ('any' in where) for (const part of where.any) yield* walkWhere(part)
  else if ('not' in where) yield* walkWhere(where.not)
}

/** Every property that a filter reads. */
export function* propertiesOf(where: PropertyCondition): Generator<string> {
  for (const part of walkWhere(where)) if ('property' in part) yield part.property
}
