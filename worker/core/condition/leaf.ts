/** Leaves: what looks at a person, compiled to an answer and to an account of it. */
import type { Condition, NumberOperators, Operators } from '../../contract/condition.ts'
import type { ConditionTrace } from '../../contract/decide.ts'
import { nextBucketMs, readState, type AggregateNeed } from '../aggregate/aggregate.ts'
import { slimReader, stateOf } from '../profile/aggregates.ts'
import type { RecentEvent } from '../profile/profile.ts'
import { readPath } from '../profile/recent.ts'
import { durationMs } from '../time.ts'
import type { Facts } from './facts.ts'
import { nextFlip } from './next-change.ts'
import { compileNextMoment, compileOperators, type Value } from './operators.ts'
import { compileNextWhere, compileWhere } from './where.ts'

export type Leaf = Exclude<
  Condition,
  { readonly all: unknown } | { readonly any: unknown } | { readonly not: unknown }
>

export interface CompiledLeaf {
  readonly holds: (facts: Facts) => boolean
  /** The same answer, with the values seen. */
  readonly trace: (facts: Facts) => ConditionTrace
  /** The next moment at which time alone could change the answer; null when time has no say in it. */
  readonly nextChangeMs: ((facts: Facts) => number) | null
}

/** What names in a condition stand for; publish has checked that each exists. */
export interface Names {
  segmentIndex(key: string): number
  aggregate(key: string): AggregateNeed
}

export function compileLeaf(condition: Leaf, names: Names): CompiledLeaf {
  if ('segment' in condition) {
    const index = names.segmentIndex(condition.segment)
    const holds = (facts: Facts): boolean => facts.segment(index)
    return {
      holds,
      trace: (facts) => ({ condition: `segment ${condition.segment}`, holds: holds(facts) }),
      nextChangeMs: (facts) => facts.segmentNextChangeMs(index),
    }
  }
  if ('event' in condition) return eventLeaf(condition)
  if ('trait' in condition) {
    const { trait: name } = condition
    return valueLeaf(`trait ${name}`, condition, ({ profile }) =>
      Object.hasOwn(profile.traits, name) ? profile.traits[name]?.value : undefined,
    )
  }
  if ('aggregate' in condition) {
    const need = names.aggregate(condition.aggregate)
    return valueLeaf(
      `aggregate ${condition.aggregate}`,
      condition,
      ({ profile }, atMs) => readState(stateOf(profile, need), need, atMs).value,
      ({ profile }, atMs) => nextBucketMs(stateOf(profile, need), need, atMs),
    )
  }
  if ('context' in condition) {
    const { context: path } = condition
    return valueLeaf(`context ${path}`, condition, ({ context }) => readPath(context, path))
  }
  const { seen } = condition
  return valueLeaf(`seen ${seen}`, condition, ({ profile }) =>
    profile.lastSeenMs === 0
      ? undefined
      : seen === 'first'
        ? profile.firstSeenMs
        : profile.lastSeenMs,
  )
}

function valueLeaf(
  subject: string,
  operators: Operators,
  read: (facts: Facts, atMs: number) => Value,
  /** When the value itself next changes, where time can do that. */
  nextRead?: (facts: Facts, atMs: number) => number,
): CompiledLeaf {
  const test = compileOperators(operators)
  const nextTest = compileNextMoment(operators)
  const words = `${subject} ${wordsOf(operators)}`
  const holdsAt = (facts: Facts, atMs: number): boolean => test(read(facts, atMs), atMs)
  return {
    holds: (facts) => holdsAt(facts, facts.nowMs),
    trace: (facts) => {
      const seen = read(facts, facts.nowMs)
      return { condition: words, holds: test(seen, facts.nowMs), seen: seen ?? null }
    },
    nextChangeMs:
      nextTest === null && nextRead === undefined
        ? null
        : (facts) =>
            nextFlip(facts, holdsAt, (_, atMs) =>
              Math.min(
                nextRead?.(facts, atMs) ?? Infinity,
                nextTest?.(read(facts, atMs), atMs) ?? Infinity,
              ),
            ),
  }
}

const SUBJECTS = new Set(['trait', 'aggregate', 'context', 'seen', 'property'])
const wordsOf = (operators: Operators): string =>
  Object.entries(operators)
    .filter(([name]) => !SUBJECTS.has(name))
    .map(([name, wanted]) => `${name} ${JSON.stringify(wanted)}`)
    .join(' and ')

type EventLeaf = Extract<Condition, { event: string }>

const AT_LEAST_ONE: NumberOperators = { gte: 1 }

function eventLeaf({ event, count = AT_LEAST_ONE, last, where }: EventLeaf): CompiledLeaf {
  const windowMs = last === undefined ? Infinity : durationMs(last)
  const enough = compileOperators(count)
  const matches = where === undefined ? undefined : compileWhere(where)
  const nextWhere = where === undefined ? null : compileNextWhere(where)
  const counted = ({ recentOf }: Facts, nowMs: number): number => {
    const entries = recentOf(event)
    let n = 0
    // Newest last: walk back until the window ends.
    for (let i = entries.length - 1; i >= 0; i--) {
      const entry = entries[i] as RecentEvent
      if (entry[0] > nowMs) continue
      if (entry[0] <= nowMs - windowMs) break
      if (matches === undefined || matches(slimReader(entry), nowMs)) n++
    }
    return n
  }
  const words = `event "${event}" count ${wordsOf(count)}${last === undefined ? '' : ` in the last ${last}`}${
    where === undefined ? '' : ` where ${JSON.stringify(where)}`
  }`
  const holdsAt = (facts: Facts, atMs: number): boolean => enough(counted(facts, atMs), atMs)
  const nextMoment = ({ recentOf }: Facts, atMs: number): number => {
    let next = Infinity
    for (const entry of recentOf(event)) {
      // It comes when its moment does, and goes when it is as old as the window.
      if (entry[0] > atMs) next = Math.min(next, entry[0])
      if (entry[0] + windowMs > atMs) next = Math.min(next, entry[0] + windowMs)
      next = Math.min(next, nextWhere?.(slimReader(entry), atMs) ?? Infinity)
    }
    return next
  }
  return {
    holds: (facts) => holdsAt(facts, facts.nowMs),
    trace: (facts) => {
      const seen = counted(facts, facts.nowMs)
      return { condition: words, holds: enough(seen, facts.nowMs), seen }
    },
    nextChangeMs: (facts) => nextFlip(facts, holdsAt, nextMoment),
  }
}
