/** That what goals and experiments make profiles keep fits in a profile. */
import type { Configuration } from '../../contract/config.ts'
import type { Fault } from '../../contract/problem.ts'
import { learningBytes } from '../learning/weight.ts'
import { LEARNING_BYTES } from '../profile/caps.ts'
import { learningOf } from './compile-learning.ts'
import { unknown } from './check-references.ts'
import { settingOf } from './setting.ts'

export function* learningWeight(config: Configuration): Generator<Fault> {
  const bytes = learningBytes(learningOf(config, settingOf(config.workspace, null)))
  if (bytes > LEARNING_BYTES) {
    yield {
      path: 'goals',
      wrong: `goals and the experiments they are counted for need ${bytes} bytes in a profile`,
      allowed: `${LEARNING_BYTES}: fewer goals, fewer currencies, or fewer experiments at a time`,
    }
  }
}

/** What a policy learns by must be there, and be of one currency where it is money. */
export function* learners({ goals, policies }: Configuration): Generator<Fault> {
  const known = new Map(goals.map((goal) => [goal.key, goal]))
  for (const [i, { learned }] of policies.entries()) {
    if (learned === undefined) continue
    const path = `policies[${i}].learned`
    const goal = known.get(learned.goal)
    if (goal === undefined) {
      yield unknown(`${path}.goal`, 'goal', learned.goal, new Set(known.keys()))
    } else if (learned.by === 'value' && goal.value?.currency === undefined) {
      yield {
        path: `${path}.by`,
        wrong: `goal "${goal.key}" has no value of one currency`,
        allowed: 'rate',
      }
    }
    const keys = learned.contexts.map(({ key }) => key)
    for (const [j, key] of keys.entries()) {
      if (keys.indexOf(key) < j) {
        yield { path: `${path}.contexts[${j}].key`, wrong: `"${key}" is used twice` }
      }
    }
  }
}
