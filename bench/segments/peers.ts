/** The same segments in the languages of others, each in the way its documentation shows. */
import { evalCondition } from '@growthbook/growthbook'
import jsonLogic from 'json-logic-js'
import { LogicEngine } from 'json-logic-engine'
import { Engine, type TopLevelCondition } from 'json-rules-engine'
import { Query } from 'mingo'
import { default as sift } from 'sift'
import type { Condition, Operators } from '../../worker/contract/condition.ts'
import type { JsonValue } from '../../worker/contract/message.ts'
import { isAll, isAny, isNot } from '../../worker/core/condition/tree.ts'
import { byHand } from './by-hand.ts'

export type Traits = Readonly<Record<string, JsonValue>>

/** Indices of the segments that someone is in. */
type Hits = (traits: Traits) => number[] | Promise<number[]>

export interface Peer {
  readonly name: string
  /** Whether it makes code of text, which Workers refuse. */
  readonly needsEval: boolean
  /** How often everybody's segments are asked in one round. */
  readonly turns: number
  readonly prepare: (conditions: readonly Condition[]) => Hits
}

/** A list of functions, asked one after the other. */
function each(tests: readonly ((traits: Traits) => unknown)[]): Hits {
  return (traits) => {
    const hits: number[] = []
    for (let i = 0; i < tests.length; i++) {
      if ((tests[i] as (traits: Traits) => unknown)(traits) === true) hits.push(i)
    }
    return hits
  }
}

const strange = (): never => {
  throw new Error('not a condition of the benchmark')
}

type Logic = Record<string, unknown>

function logicOf(condition: Condition): Logic {
  if (isAll(condition)) return { and: condition.all.map(logicOf) }
  if (isAny(condition)) return { or: condition.any.map(logicOf) }
  if (isNot(condition)) return { '!': [logicOf(condition.not)] }
  if (!('trait' in condition)) return strange()
  const value = { var: condition.trait }
  const { eq, ne, in: among, gte, lt, contains } = condition
  if (eq !== undefined) return { '===': [value, eq] }
  if (ne !== undefined) return { '!==': [value, ne] }
  if (among !== undefined) return { in: [value, among] }
  if (gte !== undefined) return { '>=': [value, gte] }
  if (lt !== undefined) return { '<': [value, lt] }
  return contains === undefined ? strange() : { in: [contains, value] }
}

/** MongoDB's language, which three of them speak. */
function mongoOf(condition: Condition): Logic {
  if (isAll(condition)) return joined(condition.all.map(mongoOf))
  if (isAny(condition)) return { $or: condition.any.map(mongoOf) }
  if (isNot(condition)) return { $nor: [mongoOf(condition.not)] }
  return 'trait' in condition ? { [condition.trait]: mongoTest(condition) } : strange()
}

/** One object where no key stands twice is walked faster than a $and. */
function joined(parts: readonly Logic[]): Logic {
  const keys = parts.flatMap((part) => Object.keys(part))
  return new Set(keys).size === keys.length ? Object.assign({}, ...parts) : { $and: parts }
}

function mongoTest({ eq, ne, in: among, gte, lt, contains }: Operators): unknown {
  // A bare value is the fastest comparison of each.
  if (eq !== undefined) return eq
  if (ne !== undefined) return { $ne: ne }
  if (among !== undefined) return { $in: among }
  if (gte !== undefined) return { $gte: gte }
  if (lt !== undefined) return { $lt: lt }
  return contains === undefined ? strange() : { $elemMatch: { $eq: contains } }
}

function ruleOf(condition: Condition): object {
  if (isAll(condition)) return { all: condition.all.map(ruleOf) }
  if (isAny(condition)) return { any: condition.any.map(ruleOf) }
  if (isNot(condition)) return { not: ruleOf(condition.not) }
  if (!('trait' in condition)) return strange()
  const test = (operator: string, value: unknown): object => ({
    fact: condition.trait,
    operator,
    value,
  })
  const { eq, ne, in: among, gte, lt, contains } = condition
  if (eq !== undefined) return test('equal', eq)
  if (ne !== undefined) return test('notEqual', ne)
  if (among !== undefined) return test('in', among)
  if (gte !== undefined) return test('greaterThanInclusive', gte)
  if (lt !== undefined) return test('lessThan', lt)
  return contains === undefined ? strange() : test('contains', contains)
}

function rulesEngine(conditions: readonly Condition[]): Hits {
  const engine = new Engine(
    conditions.map((when, i) => ({
      conditions: ruleOf(when) as TopLevelCondition,
      event: { type: String(i) },
    })),
  )
  return async (traits) => {
    const { events } = await engine.run(traits)
    return events.map(({ type }) => Number(type)).sort((a, b) => a - b)
  }
}

export const BY_HAND: Peer = {
  name: 'hand-written closures',
  needsEval: false,
  turns: 2000,
  prepare: (conditions) => each(conditions.map(byHand)),
}

export const GROWTHBOOK: Peer = {
  name: "GrowthBook's evalCondition",
  needsEval: false,
  turns: 100,
  prepare: (conditions) =>
    each(conditions.map(mongoOf).map((part) => (traits) => evalCondition(traits, part as never))),
}

export const PEERS: readonly Peer[] = [
  {
    name: 'json-logic-engine, compiled',
    needsEval: true,
    turns: 200,
    prepare: (conditions) => {
      const engine = new LogicEngine()
      return each(conditions.map(logicOf).map((logic) => engine.build(logic) as never))
    },
  },
  {
    name: 'json-logic-engine, interpreted',
    needsEval: false,
    turns: 100,
    prepare: (conditions) => {
      const engine = new LogicEngine()
      return each(conditions.map(logicOf).map((logic) => (traits) => engine.run(logic, traits)))
    },
  },
  GROWTHBOOK,
  {
    name: 'json-logic-js',
    needsEval: false,
    turns: 50,
    prepare: (conditions) =>
      each(conditions.map(logicOf).map((logic) => (traits) => jsonLogic.apply(logic, traits))),
  },
  {
    name: 'mingo',
    needsEval: false,
    turns: 50,
    prepare: (conditions) =>
      each(conditions.map((when) => new Query(mongoOf(when))).map((query) => (t) => query.test(t))),
  },
  {
    name: 'sift',
    needsEval: false,
    turns: 50,
    prepare: (conditions) => each(conditions.map((when) => sift(mongoOf(when)) as never)),
  },
  { name: 'json-rules-engine', needsEval: false, turns: 2, prepare: rulesEngine },
]
