/** Conditions compiled once per release: Workers have no eval. */
import type { Condition } from '../../contract/condition.ts'
import type { ConditionTrace } from '../../contract/decide.ts'
import type { Facts } from './facts.ts'
import type { Names } from './leaf/leaf.ts'
import { changeOf } from './next-change.ts'
import { Program } from './program.ts'
import { traceOf } from './trace.ts'

export interface CompiledCondition {
  readonly holds: (facts: Facts) => boolean
  /** The same answer, with the values seen. */
  readonly trace: (facts: Facts) => ConditionTrace
  /**
   * The next moment after `facts.nowMs` at which time alone could change the
   * answer: never late, possibly early, Infinity if never. Costs more than the
   * answer itself: asked for where something was committed.
   */
  readonly nextChangeMs: (facts: Facts) => number
}

/** Compiles the conditions of one release; those of one compiler share their leaves. */
export function conditionCompiler(names: Names): (condition: Condition) => CompiledCondition {
  const program = new Program(names)
  return (condition) => {
    const start = program.add(condition)
    let change: ReturnType<typeof changeOf> | undefined
    return {
      holds: (facts) => program.holds(start, facts),
      trace: (facts) => traceOf(condition, names, facts),
      nextChangeMs: (facts) => {
        if (!program.isTimed(start, facts)) return Infinity
        // Most conditions are never asked.
        if (change === undefined) change = changeOf(condition, program)
        return change === null ? Infinity : change(facts)
      },
    }
  }
}
