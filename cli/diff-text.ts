/** Changes as lines to read: `+` added, `-` removed, `~` changed. */
import type { EntityChange } from './configuration-diff.ts'

const SIGN = { added: '+', removed: '-', changed: '~' } as const
const MAX_VALUE = 120

export function diffText(changes: readonly EntityChange[]): string {
  return changes
    .flatMap(({ kind, key, change, fields }) => [
      `${SIGN[change]} ${kind} ${key}`.trimEnd(),
      ...fields.map(({ path, before, after }) => `    ${path}: ${show(before)} → ${show(after)}`),
    ])
    .join('\n')
}

/** "2 added, 1 changed" */
export function diffSummary(changes: readonly EntityChange[]): string {
  return (['added', 'changed', 'removed'] as const)
    .map((kind) => [kind, changes.filter(({ change }) => change === kind).length] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')
}

function show(value: unknown): string {
  if (value === undefined) return '(none)'
  const text = JSON.stringify(value)
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text
}
