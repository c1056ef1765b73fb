/**
 * Some filters are answered when the event arrives, and the answer is kept
 * instead of the value: a list of products, or an address, would not fit among
 * the recent events. Only such filters as no clock and no person can change.
 */
import type { Operators, PropertyCondition } from '../../contract/condition.ts'
import { digest } from '../hash.ts'
import { isRelative } from '../time.ts'
import { leavesOf, type LeafOf } from './tree.ts'

export type PropertyLeaf = LeafOf<PropertyCondition>

/** Operators on what may be long. */
const LONG = ['contains', 'startsWith', 'endsWith', 'matches', 'any', 'all', 'none'] as const

/** Marks what is no property of the event; see profile/recent.ts. */
export const ANSWER = '~'

const refersToPerson = (part: unknown): boolean =>
  typeof part === 'object' && part !== null && 'trait' in part

/** Whether an answer is good for ever: it reads nothing but the event. */
function isLasting(part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return true
  if (Array.isArray(part)) return part.every(isLasting)
  const { before, after, anniversary, zone } = part as Operators & { readonly zone?: string }
  if (anniversary !== undefined || zone === 'visitor' || refersToPerson(part)) return false
  if ([before, after].some((moment) => typeof moment === 'string' && isRelative(moment)))
    return false
  return Object.values(part).every(isLasting)
}

/** Whether a filter reads nothing but the event, so that it can be answered once for good. */
export const readsEventAlone = (where: PropertyCondition): boolean => isLasting(where)

/** Under which the answer is kept; null for a filter that reads the value itself. */
export const answerKey = (leaf: PropertyLeaf): string | null =>
  LONG.some((name) => leaf[name] !== undefined) && isLasting(leaf)
    ? `${ANSWER}${digest(JSON.stringify(leaf))}`
    : null

/** Every value that a filter reads, by name. */
export function* propertiesOf(where: PropertyCondition): Generator<string> {
  for (const leaf of leavesOf(where)) {
    if (answerKey(leaf) === null) {
      yield leaf.property
      yield* referencesOf(leaf)
    }
  }
}

/** Names of the properties that are compared with. */
function* referencesOf(part: unknown): Generator<string> {
  if (typeof part !== 'object' || part === null) return
  for (const wanted of Object.values(part)) {
    if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) continue
    if ('property' in wanted) yield String(wanted.property)
  }
}
