/** What a release asks of learning. */
import { compileGoal, type CompiledGoal, type GoalReader } from '../goal/goal.ts'
import type { Setting } from '../condition/scope.ts'
import type { GoalConfig } from '../../contract/goal.ts'
import { digest } from '../hash.ts'

/** Decisions that a profile keeps: the newest by when they were decided. */
export const KEPT_EXPOSURES = 16

export interface LearningRules {
  readonly keptExposures: number
  readonly goals: readonly CompiledGoal[]
  /** Event name → the goals that it may be a hit of. */
  readonly readers: ReadonlyMap<string, readonly GoalReader[]>
  /** By id. */
  readonly experiments: ReadonlyMap<string, CompiledTrial>
}

/** An experiment as far as outcomes are counted for it. */
export interface CompiledTrial {
  readonly experiment: string
  readonly id: string
  /** Id → key. */
  readonly arms: ReadonlyMap<string, string>
  readonly goals: readonly CompiledGoal[]
}

export interface TrialConfig {
  readonly experiment: string
  readonly arms: readonly string[]
  /** Keys of goals; all of them unless given. */
  readonly goals?: readonly string[]
}

export function learningRules(
  goals: readonly GoalConfig[],
  trials: readonly TrialConfig[],
  setting: Setting,
): LearningRules {
  const compiled = goals.map((goal) => compileGoal(goal, setting))
  return {
    keptExposures: goals.length === 0 ? 0 : KEPT_EXPOSURES,
    goals: compiled.map(({ goal }) => goal),
    readers: Map.groupBy(
      compiled.flatMap(({ readers }) => readers),
      ({ event }) => event,
    ),
    experiments: new Map(
      trials.map(({ experiment, arms, goals: asked }) => {
        const id = digest(experiment)
        const all = compiled.map(({ goal }) => goal)
        return [
          id,
          {
            experiment,
            id,
            arms: new Map(arms.map((arm) => [digest(arm), arm])),
            goals: all.filter(({ key }) => asked === undefined || asked.includes(key)),
          },
        ]
      }),
    ),
  }
}
