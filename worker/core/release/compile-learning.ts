/** Goals and experiments: what folding looks for, and by what results are told. */
import type { Configuration, ExperimentConfig } from '../../contract/config.ts'
import type { Setting } from '../condition/scope.ts'
import { HELD, OPEN } from '../decision/assignment.ts'
import type { ExperimentPlan } from '../experiment/results.ts'
import type { Learner } from '../learning/model.ts'
import { learningRules, type LearningRules } from '../learning/rules.ts'
import { durationMs } from '../time.ts'

interface Weighted {
  readonly key: string
  readonly weight: number
}

/** Of one, as they are drawn. */
function sharesOf(arms: readonly Weighted[]): ExperimentPlan['arms'] {
  const total = arms.reduce((sum, { weight }) => sum + weight, 0)
  return arms.map(({ key, weight }) => ({ arm: key, share: weight / total }))
}

const changesNothing = ({ policies, actions }: ExperimentConfig['arms'][number]): boolean =>
  policies.length === 0 && Object.values(actions).every((action) => action === null)

/**
 * Every lot that people draw and goals can be counted for: experiments, splits
 * of policies under the policy's key, and holdouts. The control is the arm that
 * changes nothing, else the first.
 */
export function experimentPlans(config: Configuration): Map<string, ExperimentPlan> {
  const { experiments, goals, policies, workspace } = config
  const windows = goals.map(({ key, window }) => ({ goal: key, windowMs: durationMs(window) }))
  const plan = (
    experiment: string,
    arms: readonly Weighted[],
    control: string | undefined,
    wanted?: readonly string[],
  ): ExperimentPlan => ({
    experiment,
    control: control ?? (arms[0] as Weighted).key,
    arms: sharesOf(arms),
    goals: windows.filter(({ goal }) => wanted === undefined || wanted.includes(goal)),
  })
  const holdout = (key: string, share: number): ExperimentPlan =>
    plan(
      key,
      [
        { key: HELD, weight: share },
        { key: OPEN, weight: 1 - share },
      ],
      HELD,
    )
  return new Map(
    [
      ...experiments.map(({ key, arms, goals: wanted }) =>
        plan(key, arms, arms.find(changesNothing)?.key, wanted),
      ),
      ...policies.flatMap(({ key, split }) =>
        split === undefined
          ? []
          : [plan(key, split.arms, split.arms.find(({ action }) => action === null)?.key)],
      ),
      ...(workspace.holdout === undefined ? [] : [holdout('$holdout', workspace.holdout.share)]),
      ...policies.flatMap(({ key, holdout: own }) =>
        own === undefined ? [] : [holdout(`$holdout:${key}`, own.share)],
      ),
    ].map((found) => [found.experiment, found]),
  )
}

/** Without a goal there is nothing to count an experiment's arms by. */
export const learningOf = (config: Configuration, setting: Setting): LearningRules =>
  learningRules(
    config.goals,
    [...experimentPlans(config).values()]
      .filter(({ goals }) => goals.length > 0)
      .map(({ experiment, arms, goals }) => ({
        experiment,
        arms: arms.map(({ arm }) => arm),
        goals: goals.map(({ goal }) => goal),
      })),
    setting,
  )

const DAY_MS = 86_400_000

/** The policies that learn, with all that their weights are worked out by. */
export function learnersOf({ goals, policies }: Configuration): Learner[] {
  return policies.flatMap((policy): Learner[] => {
    const { key, learned, candidates = [] } = policy
    const goal = goals.find((goal) => goal.key === learned?.goal)
    if (learned === undefined || goal === undefined) return []
    const { by, contexts, floor, prior, halfLife, patience, refresh } = learned
    return [
      {
        policy: key,
        goal: goal.key,
        by,
        after: goal.event === '$click' ? 'impression' : goal.after,
        currency: goal.value?.currency ?? '',
        actions: [...new Set(candidates.map(({ action }) => action))].sort(),
        leaves: [...contexts.map((context) => context.key), ''],
        floor,
        prior,
        halfLifeMs: halfLife === undefined ? Infinity : durationMs(halfLife),
        patienceMs:
          patience === undefined ? Math.min(DAY_MS, durationMs(goal.window)) : durationMs(patience),
        refreshMs: durationMs(refresh),
      },
    ]
  })
}
