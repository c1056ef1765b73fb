/** A condition's account of itself, down to the leaf: only explain asks for it. */
import type { Condition } from '../../contract/condition.ts'
import type { ConditionTrace } from '../../contract/decide.ts'
import type { Facts } from './facts.ts'
import { compileLeaf } from './leaf/compile.ts'
import type { Names } from './leaf/leaf.ts'
import { isAll, isAny, isNot } from './tree.ts'

export function traceOf(condition: Condition, names: Names, facts: Facts): ConditionTrace {
  if (isAll(condition)) {
    const parts = condition.all.map((part) => traceOf(part, names, facts))
    return { condition: 'all', holds: parts.every(({ holds }) => holds), parts }
  }
  if (isAny(condition)) {
    const parts = condition.any.map((part) => traceOf(part, names, facts))
    return { condition: 'any', holds: parts.some(({ holds }) => holds), parts }
  }
  if (isNot(condition)) {
    const part = traceOf(condition.not, names, facts)
    return { condition: 'not', holds: !part.holds, parts: [part] }
  }
  return compileLeaf(condition, names).trace(facts)
}
