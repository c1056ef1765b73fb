/** Leaves in words, for explanations. */
import type { EventLeaf, Measures, PropertyMeasure, Window } from '../../contract/condition.ts'

/** What tells where a value comes from, and whose days it is measured in. */
const SUBJECTS = new Set([
  'trait',
  'aggregate',
  'context',
  'seen',
  'property',
  'identifier',
  'zone',
])

/** "gte 20 and lt 30" */
export const wordsOf = (operators: object): string =>
  Object.entries(operators)
    .filter(([name]) => !SUBJECTS.has(name))
    .map(([name, wanted]) => `${name} ${JSON.stringify(wanted)}`)
    .join(' and ')

export function windowWords({ last, between, in: period }: Window): string {
  if (last !== undefined) return ` in the last ${last}`
  if (between !== undefined) return ` between ${between.join(' and ')}`
  return period === undefined ? '' : ` ${period}`
}

const MEASURES = ['count', 'sum', 'distinct', 'latest', 'earliest'] as const

function measureWords(leaf: Measures): string {
  const words = MEASURES.flatMap((name) => {
    const wanted = leaf[name]
    if (wanted === undefined) return []
    const { property } = wanted as Partial<PropertyMeasure>
    return [`${name}${property === undefined ? '' : ` of ${property}`} ${wordsOf(wanted)}`]
  })
  return words.length === 0 ? 'count gte 1' : words.join(' and ')
}

export const eventWords = (leaf: EventLeaf): string =>
  `event ${JSON.stringify(leaf.event)} ${measureWords(leaf)}${windowWords(leaf)}${
    leaf.where === undefined ? '' : ` where ${JSON.stringify(leaf.where)}`
  }`
