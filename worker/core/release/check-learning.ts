/** That what goals and experiments make profiles keep fits in a profile. */
import type { Configuration } from '../../contract/config.ts'
import type { Fault } from '../../contract/problem.ts'
import type { Setting } from '../condition/scope.ts'
import { learningRules, type LearningRules } from '../learning/rules.ts'
import { learningBytes } from '../learning/weight.ts'
import { LEARNING_BYTES } from '../profile/caps.ts'
import { settingOf } from './setting.ts'

/** Without a goal there is nothing to count an experiment's arms by. */
export const learningOf = ({ goals, policies }: Configuration, setting: Setting): LearningRules =>
  learningRules(
    goals,
    goals.length === 0
      ? []
      : policies.flatMap(({ key, split }) =>
          split === undefined ? [] : [{ experiment: key, arms: split.arms.map((arm) => arm.key) }],
        ),
    setting,
  )

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
