/** That what goals and experiments make profiles keep fits in a profile. */
import type { Configuration } from '../../contract/config.ts'
import type { Fault } from '../../contract/problem.ts'
import { learningRules, type LearningRules } from '../learning/rules.ts'
import { learningBytes } from '../learning/weight.ts'
import { LEARNING_BYTES } from '../profile/caps.ts'

/** Without a goal there is nothing to count an experiment's arms by. */
export const learningOf = ({ goals, policies }: Configuration): LearningRules =>
  learningRules(
    goals,
    goals.length === 0
      ? []
      : policies.flatMap(({ key, split }) =>
          split === undefined ? [] : [{ experiment: key, arms: split.arms.map((arm) => arm.key) }],
        ),
  )

export function* learningWeight(config: Configuration): Generator<Fault> {
  const bytes = learningBytes(learningOf(config))
  if (bytes > LEARNING_BYTES) {
    yield {
      path: 'goals',
      wrong: `goals and the experiments they are counted for need ${bytes} bytes in a profile`,
      allowed: `${LEARNING_BYTES}: fewer goals, fewer currencies, or fewer experiments at a time`,
    }
  }
}
