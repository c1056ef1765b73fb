/** Why a condition holds or does not, as a tree. */
import type { ConditionTrace } from '../worker/contract/decide.ts'
import { printable } from './table.ts'

/** Two blanks a level; what was seen behind each leaf. */
export function traceText(
  { condition, holds, seen, parts = [] }: ConditionTrace,
  level = 1,
): string {
  const value = seen === undefined ? '' : `  (${seenText(condition, seen)})`
  const line = `${'  '.repeat(level)}${holds ? '✓' : '✗'} ${printable(`${condition}${value}`)}`
  return [line, ...parts.map((part) => traceText(part, level + 1))].join('\n')
}

/** First and last seen are moments; nothing known is said in a word. */
function seenText(condition: string, seen: unknown): string {
  if (seen === null) return 'nothing'
  return condition.startsWith('seen ') && typeof seen === 'number'
    ? new Date(seen).toISOString()
    : JSON.stringify(seen)
}
