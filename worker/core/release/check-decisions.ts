/** That what decisions go by makes sense together: campaigns, segments of staff, experiments. */
import type { Configuration, ExperimentConfig } from '../../contract/config.ts'
import type { Fault } from '../../contract/problem.ts'
import { unknown } from './check-references.ts'

export function* decisions(config: Configuration): Generator<Fault> {
  yield* campaigns(config)
  yield* conversions(config)
  yield* staff(config)
  yield* experiments(config)
  yield* groups(config)
  yield* stocks(config)
}

/** What everybody falls back on must be there for everybody. */
function* stocks({ placements, actions }: Configuration): Generator<Fault> {
  const few = new Set(actions.filter(({ stock }) => stock !== undefined).map(({ key }) => key))
  for (const [i, { fallback }] of placements.entries()) {
    if (fallback === undefined || !few.has(fallback)) continue
    yield { path: `placements[${i}].fallback`, wrong: `"${fallback}" has a stock` }
  }
}

function* campaigns(config: Configuration): Generator<Fault> {
  const known = new Set(config.campaigns.map(({ key }) => key))
  for (const list of ['actions', 'policies'] as const) {
    for (const [i, { campaign }] of config[list].entries()) {
      if (campaign !== undefined && !known.has(campaign)) {
        yield unknown(`${list}[${i}].campaign`, 'campaign', campaign, known)
      }
    }
  }
}

function* conversions(config: Configuration): Generator<Fault> {
  const known = new Set(config.goals.map(({ key }) => key))
  for (const list of ['actions', 'policies', 'campaigns'] as const) {
    for (const [i, { stopAfter }] of config[list].entries()) {
      const goal = stopAfter?.goal
      if (goal !== undefined && !known.has(goal)) {
        yield unknown(`${list}[${i}].stopAfter.goal`, 'goal', goal, known)
      }
    }
  }
}

function* staff({ workspace, segments }: Configuration): Generator<Fault> {
  const known = new Set(segments.map(({ key }) => key))
  if (workspace.staff !== undefined && !known.has(workspace.staff)) {
    yield unknown('workspace.staff', 'segment', workspace.staff, known)
  }
}

function* experiments(config: Configuration): Generator<Fault> {
  const policies = new Map(config.policies.map((policy) => [policy.key, policy]))
  const actions = new Set(config.actions.map(({ key }) => key))
  const changedBy = new Map<string, string>()
  const goals = new Set(config.goals.map(({ key }) => key))
  for (const [i, experiment] of config.experiments.entries()) {
    const path = `experiments[${i}]`
    yield* arms(path, experiment)
    for (const [j, goal] of (experiment.goals ?? []).entries()) {
      if (!goals.has(goal)) yield unknown(`${path}.goals[${j}]`, 'goal', goal, goals)
    }
    for (const [policy, place] of policiesOf(experiment)) {
      const found = policies.get(policy)
      if (found === undefined) {
        yield unknown(`${path}.${place}`, 'policy', policy, new Set(policies.keys()))
      } else if (found.split !== undefined) {
        yield {
          path: `${path}.${place}`,
          wrong: `policy "${policy}" has a split of its own`,
          allowed: 'a policy with candidates',
        }
      }
      const other = changedBy.get(policy) ?? experiment.key
      changedBy.set(policy, other)
      if (other !== experiment.key) {
        yield {
          path: `${path}.${place}`,
          wrong: `policy "${policy}" is changed by experiment "${other}" already`,
          allowed: 'one experiment a policy',
        }
      }
    }
    for (const [j, arm] of experiment.arms.entries()) {
      for (const [policy, action] of Object.entries(arm.actions)) {
        if (action !== null && !actions.has(action)) {
          yield unknown(`${path}.arms[${j}].actions.${policy}`, 'action', action, actions)
        }
      }
    }
  }
}

function* arms(path: string, { arms }: ExperimentConfig): Generator<Fault> {
  if (arms.every(({ weight }) => weight === 0)) {
    yield { path: `${path}.arms`, wrong: 'all weights are 0', allowed: 'one above 0' }
  }
  if (new Set(arms.map(({ key }) => key)).size < arms.length) {
    yield { path: `${path}.arms`, wrong: 'two arms have the same key' }
  }
  if (arms.every(({ policies, actions }) => policies.length + Object.keys(actions).length === 0)) {
    yield {
      path: `${path}.arms`,
      wrong: 'no arm changes anything',
      allowed: '"policies" or "actions" in one of them',
    }
  }
}

function* policiesOf({
  arms,
}: ExperimentConfig): Generator<readonly [policy: string, place: string]> {
  for (const [j, { policies, actions }] of arms.entries()) {
    for (const [k, policy] of policies.entries()) yield [policy, `arms[${j}].policies[${k}]`]
    for (const policy of Object.keys(actions)) yield [policy, `arms[${j}].actions.${policy}`]
  }
}

/** Experiments of one group that run at the same time must not share a stretch of it. */
function* groups({ experiments }: Configuration): Generator<Fault> {
  for (const [i, a] of experiments.entries()) {
    for (const b of experiments.slice(0, i)) {
      if (a.group === undefined || b.group === undefined || a.group.key !== b.group.key) continue
      const apart = a.group.from >= b.group.until || b.group.from >= a.group.until
      if (apart || !overlap(a, b)) continue
      yield {
        path: `experiments[${i}].group`,
        wrong: `${a.group.from} to ${a.group.until} overlaps "${b.key}", which has ${b.group.from} to ${b.group.until}`,
        allowed: 'a stretch of its own, or another time',
      }
    }
  }
}

function overlap(a: ExperimentConfig, b: ExperimentConfig): boolean {
  const at = (text: string | undefined, otherwise: number): number =>
    text === undefined ? otherwise : Date.parse(text)
  return (
    at(a.schedule?.from, -Infinity) < at(b.schedule?.until, Infinity) &&
    at(b.schedule?.from, -Infinity) < at(a.schedule?.until, Infinity)
  )
}
