/** Formulas as decisions use them. What computes them is loaded only where a release has any. */
import type { Facts } from '../condition/facts.ts'
import type { CompiledAction } from './plan.ts'

/** An action to a formula: its key, priority and tags, and its attributes. */
export type FormulaSubject = Readonly<Record<string, number | string | boolean | readonly string[]>>

export interface Formula {
  /** Reads the person and the request once; asked then for each candidate. */
  scorer(
    facts: Facts,
    subjects: ReadonlyMap<CompiledAction, FormulaSubject>,
  ): (action: CompiledAction) => number | { readonly error: string }
}

/** What a formula may read, and of which type. */
export interface FormulaScope {
  /** Attributes that every candidate has. */
  readonly attributes: ReadonlyMap<string, AttributeType>
  /** Key → how it is read. */
  readonly aggregates: ReadonlyMap<string, AggregateScope>
  /** Key → index. */
  readonly segments: ReadonlyMap<string, number>
}
export type AttributeType = 'double' | 'string' | 'bool'
export interface AggregateScope {
  readonly type: AttributeType | 'dyn'
  readonly read: (facts: Facts) => unknown
}

export interface FormulaFault {
  /** Where, and what: `column 8: …`. */
  readonly wrong: string
  readonly allowed?: string
  /** An attribute of actions that it asks for in vain. */
  readonly attribute?: string
}

export interface FormulaEngine {
  /** What is wrong with a formula, or null. */
  fault(formula: string, scope: FormulaScope): FormulaFault | null
  /** @param formula one without fault */
  compile(formula: string, scope: FormulaScope): Formula
}
