/** That what a release asks every profile to keep fits in a profile. */
import type { Configuration } from '../../contract/config.ts'
import type { Fault } from '../../contract/problem.ts'
import { worstStateBytes } from '../aggregate/aggregate.ts'
import { AGGREGATE_BYTES, EXPOSURE_BYTES } from '../profile/caps.ts'
import { exposureBytes } from '../profile/exposures.ts'
import { aggregateNeeds } from './compile.ts'
import { cappedKeys } from './compile-caps.ts'

/** Counters for caps live in every profile, so what they may weigh is bounded. */
export function* capWeight(config: Configuration): Generator<Fault> {
  let bytes = 0
  for (const [key, need] of cappedKeys(config)) bytes += exposureBytes(key, need)
  if (bytes > EXPOSURE_BYTES) {
    yield {
      path: 'actions',
      wrong: `the caps of all actions and policies need ${bytes} bytes in a profile`,
      allowed: `${EXPOSURE_BYTES}: cap the policy instead of each action, or allow fewer at a time`,
    }
  }
}

/** So do computed traits. */
export function* aggregateWeight(config: Configuration): Generator<Fault> {
  const bytes = aggregateNeeds(config).reduce((sum, need) => sum + worstStateBytes(need), 0)
  if (bytes > AGGREGATE_BYTES) {
    yield {
      path: 'aggregates',
      wrong: `at their largest they need ${bytes} bytes in a profile`,
      allowed: `${AGGREGATE_BYTES}: fewer, or shorter windows`,
    }
  }
}
