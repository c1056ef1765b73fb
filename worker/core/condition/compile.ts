/** Conditions compiled once per release: Workers have no eval. */
import type { Condition } from '../../contract/condition.ts'
import type { ConditionTrace } from '../../contract/decide.ts'
import type { Facts } from './facts.ts'
import type { Names } from './leaf.ts'
import { Program } from './program.ts'
import { traceOf } from './trace.ts'

export interface CompiledCondition {
  readonly holds: (facts: Facts) => boolean
  /** The same answer, with the values seen. */
  readonly trace: (facts: Facts) => ConditionTrace
}

/** Compiles the conditions of one release; those of one compiler share their leaves. */
export function conditionCompiler(names: Names): (condition: Condition) => CompiledCondition {
  const program = new Program(names)
  return (condition) => {
    const start = program.add(condition)
    return {
      holds: (facts) => program.holds(start, facts),
      trace: (facts) => traceOf(condition, names, facts),
    }
  }
}
