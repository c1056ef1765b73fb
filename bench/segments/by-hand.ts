/** The floor: each segment as the function that somebody would write for it, on plain traits. */
import { runInThisContext } from 'node:vm'
import type { Condition, Operators } from '../../worker/contract/condition.ts'
import { isAll, isAny, isNot } from '../../worker/core/condition/tree.ts'
import type { Traits } from './peers.ts'

type ByHand = (traits: Traits) => boolean

/** Written by a machine: nobody wants to type a thousand. */
export const byHand = (condition: Condition): ByHand =>
  runInThisContext(`(t) => ${sourceOf(condition)}`) as ByHand

function sourceOf(condition: Condition): string {
  if (isAll(condition)) return `(${condition.all.map(sourceOf).join(' && ')})`
  if (isAny(condition)) return `(${condition.any.map(sourceOf).join(' || ')})`
  if (isNot(condition)) return `!(${sourceOf(condition.not)})`
  if ('trait' in condition) return testOf(`t.${condition.trait}`, condition)
  throw new Error('not a condition of the benchmark')
}

function testOf(value: string, { eq, ne, in: among, gte, lt, contains }: Operators): string {
  if (eq !== undefined) return `${value} === ${JSON.stringify(eq)}`
  if (ne !== undefined) return `${value} !== ${JSON.stringify(ne)}`
  if (gte !== undefined) return `${value} >= ${JSON.stringify(gte)}`
  if (lt !== undefined) return `${value} < ${JSON.stringify(lt)}`
  if (contains !== undefined) return `${value}.includes(${JSON.stringify(contains)})`
  if (Array.isArray(among)) {
    return `(${among.map((one) => `${value} === ${JSON.stringify(one)}`).join(' || ')})`
  }
  throw new Error('not an operator of the benchmark')
}
