/** Conditions on one event's own properties: filters of event leaves and of aggregates. */
import type { PropertyCondition } from '../../contract/condition.ts'
import type { KeptAnswer } from '../profile/recent.ts'
import { answerKey, type PropertyLeaf } from './kept-answer.ts'
import { compileOperators } from './operator/compile.ts'
import { joined, not, type CompiledTest } from './operator/test.ts'
import type { PropertyReader, Scope, Setting } from './scope.ts'
import { isAll, isAny, isNot, leavesOf } from './tree.ts'

export interface CompiledWhere {
  readonly passes: (read: PropertyReader, scope: Scope) => boolean
  /** When time alone could next change that; null when time has no say in it. */
  readonly next: ((read: PropertyReader, scope: Scope) => number) | null
}

export function compileWhere(where: PropertyCondition, setting: Setting): CompiledWhere {
  const { test, next } = compileTree(where, setting)
  return {
    passes: (read, scope) => test(undefined, scope, read),
    next: next && ((read, scope) => next(undefined, scope, read)),
  }
}

/** A filter that knows the event alone: a relative moment in it is measured from the event itself. */
export type EventFilter = (read: PropertyReader, timestampMs: number) => boolean

export function compileEventFilter(where: PropertyCondition, setting: Setting): EventFilter {
  const { passes } = compileWhere(where, setting)
  return (read, timestampMs) =>
    passes(read, { nowMs: timestampMs, profile: null, visitorZone: () => null })
}

function compileTree(where: PropertyCondition, setting: Setting): CompiledTest {
  const inner = (part: PropertyCondition): CompiledTest => compileTree(part, setting)
  if (isAll(where)) return joined(where.all.map(inner), true)
  if (isAny(where)) return joined(where.any.map(inner), false)
  if (isNot(where)) return not(inner(where.not))
  return compileLeaf(where, setting)
}

function compileLeaf(leaf: PropertyLeaf, setting: Setting): CompiledTest {
  const { property } = leaf
  const { test, next } = compileOperators(leaf, setting)
  const key = answerKey(leaf)
  return {
    test:
      key === null
        ? (_, scope, own) => test(own(property), scope, own)
        : (_, scope, own) => {
            const kept = own(key)
            return kept === undefined ? test(own(property), scope, own) : kept === 1
          },
    next: next && ((_, scope, own) => next(own(property), scope, own)),
  }
}

/** What a filter answers when the event arrives; see kept-answer.ts. */
export function* keptAnswersOf(where: PropertyCondition, setting: Setting): Generator<KeptAnswer> {
  for (const leaf of leavesOf(where)) {
    const key = answerKey(leaf)
    if (key === null) continue
    const { test } = compileOperators(leaf, setting)
    yield {
      key,
      property: leaf.property,
      answer: (read, timestampMs) =>
        test(
          read(leaf.property),
          { nowMs: timestampMs, profile: null, visitorZone: () => null },
          read,
        ),
    }
  }
}
