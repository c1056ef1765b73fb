/** Experiments, holdouts and splits: all are lots that a person draws. */
import type { Configuration, ExperimentConfig, PolicyConfig } from '../../contract/config.ts'
import { HELD, OPEN } from '../decision/assignment.ts'
import type {
  CompiledAction,
  CompiledArm,
  CompiledExperiment,
  Variation,
} from '../decision/plan.ts'
import { armId, experimentId, type RecordedExperiment } from '../profile/arms.ts'
import type { Register } from './register.ts'
import { compileMaybe, compileSchedule, type Compile } from './compile-when.ts'

export interface ExperimentBook {
  /** What changes about a policy: its own split, or the experiment that names it. */
  variationOf(policy: PolicyConfig, actionOf: ActionOf): Variation | null
}
type ActionOf = (key: string) => CompiledAction

const ALWAYS = { fromMs: -Infinity, untilMs: Infinity }

function compileArms(arms: readonly { readonly key: string; readonly weight: number }[]) {
  const total = arms.reduce((sum, { weight }) => sum + weight, 0)
  return arms.map(({ key, weight }): CompiledArm => ({
    key,
    id: armId(key),
    share: weight / total,
  }))
}

export const experimentSeed = ({ key, seed }: ExperimentConfig): string => seed ?? key
type HoldoutConfig = NonNullable<PolicyConfig['holdout']>

/** @param key "$holdout", or "$holdout:<policy>" */
export function compileHoldout(key: string, { seed, share }: HoldoutConfig): CompiledExperiment {
  // Its own salt: who is held out must not depend on who draws which arm.
  const salt = `holdout:${seed ?? key}`
  return {
    key,
    id: experimentId(salt),
    seed: salt,
    schedule: ALWAYS,
    when: null,
    traffic: 1,
    group: null,
    arms: compileArms([
      { key: HELD, weight: share },
      { key: OPEN, weight: 1 - share },
    ]),
  }
}

function compileExperiment(config: ExperimentConfig, compile: Compile): CompiledExperiment {
  const { group } = config
  const seed = experimentSeed(config)
  return {
    key: config.key,
    id: experimentId(seed),
    seed,
    schedule: compileSchedule(config.schedule),
    when: compileMaybe(config.when, compile),
    traffic: config.traffic,
    group: group === undefined ? null : { seed: group.key, from: group.from, until: group.until },
    arms: compileArms(config.arms),
  }
}

const splitOf = ({ key, split }: PolicyConfig): CompiledExperiment | null =>
  split === undefined
    ? null
    : {
        key,
        id: null,
        seed: split.seed ?? key,
        schedule: ALWAYS,
        when: null,
        traffic: 1,
        group: null,
        arms: compileArms(split.arms),
      }

export function experimentBook(
  config: Configuration,
  { experimentsOf }: Register,
  compile: Compile,
): ExperimentBook {
  const compiled = new Map(
    config.experiments.map((experiment) => [experiment, compileExperiment(experiment, compile)]),
  )
  return {
    variationOf(policy, actionOf) {
      const action = (key: string | null): CompiledAction | null =>
        key === null ? null : actionOf(key)
      const split = splitOf(policy)
      if (split !== null) {
        const arms = policy.split?.arms ?? []
        return {
          experiment: split,
          openTo: null,
          actions: new Map(arms.map((arm) => [arm.key, action(arm.action)])),
        }
      }
      const [config] = experimentsOf.get(policy.key) ?? []
      if (config === undefined) return null
      const opens = config.arms.filter(({ policies }) => policies.includes(policy.key))
      const actions = config.arms.filter(({ actions }) => Object.hasOwn(actions, policy.key))
      return {
        experiment: compiled.get(config) as CompiledExperiment,
        openTo: opens.length === 0 ? null : new Set(opens.map(({ key }) => key)),
        actions: new Map(
          actions.map(({ key, actions }) => [key, action(actions[policy.key] as string | null)]),
        ),
      }
    },
  }
}

/** The lots whose arms profiles record. */
export function recordedExperiments(config: Configuration): Map<string, RecordedExperiment> {
  const holdouts = [
    ...(config.workspace.holdout === undefined
      ? []
      : [compileHoldout('$holdout', config.workspace.holdout)]),
    ...config.policies.flatMap(({ key, holdout }) =>
      holdout === undefined ? [] : [compileHoldout(`$holdout:${key}`, holdout)],
    ),
  ].map(({ key, id, arms }) => [key, id, arms] as const)
  const experiments = config.experiments.map(
    (experiment) =>
      [
        experiment.key,
        experimentId(experimentSeed(experiment)),
        compileArms(experiment.arms),
      ] as const,
  )
  return new Map(
    [...holdouts, ...experiments].map(([key, id, arms]) => [
      key,
      { id: id as string, arms: new Map(arms.map((arm) => [arm.key, arm.id])) },
    ]),
  )
}
