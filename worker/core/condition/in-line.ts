/** A condition in one line: "segment pro and not trait plan = free". */
import type { ConditionTrace } from '../../contract/reason.ts'

export function inLine({ condition, parts = [] }: ConditionTrace, inside = false): string {
  const [first] = parts
  if (condition === 'not' && first !== undefined) return `not ${inLine(first, true)}`
  // A segment is told by its name, not by what it asks in turn.
  if (parts.length === 0 || condition.startsWith('segment ')) return condition
  const joined = parts
    .map((part) => inLine(part, parts.length > 1))
    .join(condition === 'any' ? ' or ' : ' and ')
  return inside && parts.length > 1 ? `(${joined})` : joined
}
