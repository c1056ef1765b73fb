/** What an operator compiles to. */
import type { Reference } from '../../../contract/condition.ts'
import { traitOf, type PropertyReader, type Scope, type Value } from '../scope.ts'

/** @param own the properties beside the value, where it is one of an event or an element */
export type ValueTest = (value: Value, scope: Scope, own: PropertyReader) => boolean
/** The next moment after `scope.nowMs` at which time alone could change a test's answer; Infinity if never. */
type NextMoment = (value: Value, scope: Scope, own: PropertyReader) => number

export interface CompiledTest {
  readonly test: ValueTest
  /** null when time has no say in it. */
  readonly next: NextMoment | null
}

export const timeless = (test: ValueTest): CompiledTest => ({ test, next: null })
export const not = ({ test, next }: CompiledTest): CompiledTest => ({
  test: (value, scope, own) => !test(value, scope, own),
  next,
})

/** Several tests as one: whether every one holds, or any. */
export function joined(parts: readonly CompiledTest[], every: boolean): CompiledTest {
  const [first] = parts
  if (first !== undefined && parts.length === 1) return first
  const tests = parts.map(({ test }) => test)
  const nexts = parts.flatMap(({ next }) => (next === null ? [] : [next]))
  return {
    test: every
      ? (value, scope, own) => tests.every((test) => test(value, scope, own))
      : (value, scope, own) => tests.some((test) => test(value, scope, own)),
    next:
      nexts.length === 0
        ? null
        : (value, scope, own) => Math.min(...nexts.map((next) => next(value, scope, own))),
  }
}

export const noProperties: PropertyReader = () => undefined

export const isReference = (wanted: unknown): wanted is Reference =>
  typeof wanted === 'object' && wanted !== null && !Array.isArray(wanted)

/** Reads what a reference stands for. */
export const readerOf = (reference: Reference): ((scope: Scope, own: PropertyReader) => Value) =>
  'trait' in reference
    ? ({ profile }) => traitOf(profile, reference.trait)
    : (_, own) => own(reference.property)
