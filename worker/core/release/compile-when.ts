/** When, and for whom: schedules and conditions. */
import type { Condition } from '../../contract/condition.ts'
import type { ActionConfig } from '../../contract/config.ts'
import type { CompiledCondition, conditionCompiler } from '../condition/compile.ts'
import type { Schedule } from '../decision/plan.ts'

export type Compile = ReturnType<typeof conditionCompiler>

/** The time in which all of these are open. */
export const compileSchedule = (...schedules: ActionConfig['schedule'][]): Schedule => ({
  fromMs: Math.max(
    ...schedules.map((schedule) =>
      schedule?.from === undefined ? -Infinity : Date.parse(schedule.from),
    ),
  ),
  untilMs: Math.min(
    ...schedules.map((schedule) =>
      schedule?.until === undefined ? Infinity : Date.parse(schedule.until),
    ),
  ),
})

export const compileMaybe = (
  condition: Condition | undefined,
  compile: Compile,
): CompiledCondition | null => (condition === undefined ? null : compile(condition))
