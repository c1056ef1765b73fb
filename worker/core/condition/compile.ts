/** Conditions compiled once per release: Workers have no eval. */
import type { Condition } from '../../contract/condition.ts'
import type { ConditionTrace } from '../../contract/decide.ts'
import type { Facts } from './facts.ts'
import type { Names } from './leaf/leaf.ts'
import { changeOf } from './next-change.ts'
import { HELD, TIMED } from './answers.ts'
import { Program } from './program.ts'
import { traceOf } from './trace.ts'

export interface CompiledCondition {
  readonly holds: (facts: Facts) => boolean
  /** Where it stands among the conditions of its compiler. */
  readonly program: Program
  readonly start: number
  /** The same answer, with the values seen. */
  readonly trace: (facts: Facts) => ConditionTrace
  /**
   * The next moment after `facts.nowMs` at which time alone could change the
   * answer: never late, possibly early, Infinity if never. Costs more than the
   * answer itself: asked for where something was committed.
   */
  readonly nextChangeMs: (facts: Facts) => number
  /** The same, where the walk is known to have met what time can change. */
  readonly changeMs: (facts: Facts) => number
}

/**
 * Compiles the conditions of one release; those of one compiler share their leaves.
 * @param indexed false answers each leaf by itself: the same, only slower
 */
export function conditionCompiler(
  names: Names,
  indexed = true,
): (condition: Condition) => CompiledCondition {
  const program = new Program(names, indexed)
  return (condition) => {
    const start = program.add(condition)
    let change: ReturnType<typeof changeOf> | undefined
    const changeMs = (facts: Facts): number => {
      // Most conditions are never asked.
      if (change === undefined) change = changeOf(condition, program)
      return change === null ? Infinity : change(facts)
    }
    return {
      holds: (facts) => (program.walk(start, facts) & HELD) !== 0,
      program,
      start,
      changeMs,
      trace: (facts) => traceOf(condition, names, { ...facts, told: facts.told ?? new Set() }),
      nextChangeMs: (facts) => {
        if ((program.walk(start, facts) & TIMED) === 0) return Infinity
        return changeMs(facts)
      },
    }
  }
}
