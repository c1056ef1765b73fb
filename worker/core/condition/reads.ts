/** What conditions read, found by walking them: the fold keeps just that. */
import type { Condition, PropertyCondition } from '../../contract/condition.ts'
import type { AggregateConfig } from '../../contract/config.ts'
import type { KeptAnswer, PropertyReads } from '../profile/recent.ts'
import { propertiesOf } from './kept-answer.ts'
import type { Setting } from './scope.ts'
import { leavesOf } from './tree.ts'
import { keptAnswersOf } from './where.ts'

interface Reads {
  readonly properties: Set<string>
  readonly answers: Map<string, KeptAnswer>
}

/** event name → what some condition or aggregate reads of it. */
export function propertyReads(
  conditions: Iterable<Condition>,
  aggregates: readonly Pick<AggregateConfig, 'event' | 'where' | 'property'>[],
  setting: Setting,
): PropertyReads {
  const reads = new Map<string, Reads>()
  const readsOf = (event: string): Reads => {
    const known = reads.get(event) ?? { properties: new Set(), answers: new Map() }
    reads.set(event, known)
    return known
  }
  const read = (event: string, where: PropertyCondition | undefined, ...properties: string[]) => {
    const known = readsOf(event)
    for (const property of properties) known.properties.add(property)
    if (where === undefined) return
    for (const property of propertiesOf(where)) known.properties.add(property)
    for (const answer of keptAnswersOf(where, setting)) known.answers.set(answer.key, answer)
  }
  for (const condition of conditions) {
    for (const leaf of leavesOf(condition)) {
      if ('event' in leaf) {
        const measured = [leaf.sum, leaf.distinct].flatMap((m) =>
          m === undefined ? [] : [m.property],
        )
        if (leaf.where !== undefined || measured.length > 0) {
          read(leaf.event, leaf.where, ...measured)
        }
      }
      if ('sequence' in leaf) {
        for (const step of leaf.sequence) {
          if (typeof step !== 'string') read('not' in step ? step.not : step.event, step.where)
        }
      }
    }
  }
  for (const { event, where, property } of aggregates) {
    read(event, where, ...(property === undefined ? [] : [property]))
  }
  return new Map(
    [...reads]
      .filter(([, { properties, answers }]) => properties.size + answers.size > 0)
      .map(([event, { properties, answers }]) => [
        event,
        [...[...properties].sort(), ...[...answers].sort(byKey).map(([, answer]) => answer)],
      ]),
  )
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1

/** Whether a leaf's answer can differ from request to request of the same person. */
export const readsRequest = (condition: Condition): boolean =>
  'context' in condition || speaksOfVisitorsZone(condition)

function speaksOfVisitorsZone(part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return false
  if ((part as { readonly zone?: unknown }).zone === 'visitor') return true
  return Object.values(part).some(speaksOfVisitorsZone)
}

const CALENDAR_FIELDS = ['clock', 'in', 'between', 'before', 'after', 'anniversary']

/** Whether a leaf's meaning can depend on the workspace's time zone and the first day of its week. */
export function readsCalendar(part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return false
  return (
    CALENDAR_FIELDS.some((field) => Object.hasOwn(part, field)) ||
    Object.values(part).some(readsCalendar)
  )
}
