/** That what goals and experiments make profiles keep fits in a profile. */
import type { Configuration } from '../../contract/config.ts'
import type { Fault } from '../../contract/problem.ts'
import { learningBytes } from '../learning/weight.ts'
import { LEARNING_BYTES } from '../profile/caps.ts'
import { learningOf } from './compile-learning.ts'
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
