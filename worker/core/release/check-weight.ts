/** That what a release asks every profile to keep fits in a profile. */
import type { Configuration } from '../../contract/config.ts'
import type { Fault } from '../../contract/problem.ts'
import { worstStateBytes } from '../aggregate/aggregate.ts'
import { AGGREGATE_BYTES, EXPOSURE_BYTES } from '../profile/caps.ts'
import { ARM_BYTES } from '../profile/arms.ts'
import { counterBytes } from '../profile/exposures.ts'
import { allCaps, countingOf } from './compile-caps.ts'
import { recordedExperiments } from './compile-experiments.ts'
import { planNeeds } from './plan-needs.ts'
import { settingOf } from './setting.ts'

/** How many of the heaviest are named. */
const NAMED = 3

/** Counters for caps and the arms of experiments live in every profile, so what they may weigh is bounded. */
export function* exposureWeight(config: Configuration): Generator<Fault> {
  const names = new Map(allCaps(config).map(({ counter, name }) => [counter, name]))
  const counters = [...countingOf(config, settingOf(config.workspace, null)).needs]
    .map(([id, need]) => ({ name: names.get(id), bytes: counterBytes(need) }))
    .sort((a, b) => b.bytes - a.bytes)
  const arms = recordedExperiments(config).size
  const bytes = counters.reduce((sum, counter) => sum + counter.bytes, arms * ARM_BYTES)
  if (bytes <= EXPOSURE_BYTES) return
  const heaviest = counters.slice(0, NAMED).map(({ name, bytes }) => `${name} ${bytes}`)
  yield {
    path: 'actions',
    wrong:
      `${counters.length} counters for caps and ${arms} experiments and holdouts need ${bytes} bytes in a profile; ` +
      `the largest: ${heaviest.join(', ')}`,
    allowed: `${EXPOSURE_BYTES}: cap the policy, the campaign or a tag instead of each action, allow fewer at a time, or end experiments`,
  }
}

/** Counters and arms are kept under short ids: two of one release may not share one. */
export function* packedIds(config: Configuration): Generator<Fault> {
  const names = new Map<string, string>()
  for (const { counter, name } of allCaps(config)) {
    const other = names.get(counter) ?? name
    names.set(counter, other)
    if (other === name) continue
    yield { path: 'actions', wrong: `"${name}" and "${other}" share an id`, allowed: 'another key' }
  }
  const experiments = new Map<string, string>()
  for (const [key, { id, arms }] of recordedExperiments(config)) {
    const other = experiments.get(id)
    if (other !== undefined) {
      yield {
        path: 'experiments',
        wrong: `"${key}" and "${other}" draw by the same seed`,
        allowed: 'a seed of its own',
      }
    }
    experiments.set(id, key)
    if (new Set(arms.values()).size < arms.size) {
      yield {
        path: 'experiments',
        wrong: `two arms of "${key}" share an id`,
        allowed: 'another key for one of them',
      }
    }
  }
}

/** So do computed traits. */
export function* aggregateWeight(config: Configuration): Generator<Fault> {
  const { declared } = planNeeds(config, settingOf(config.workspace, null))
  const states = new Map([...declared.values()].map((need) => [need.id, need]))
  const bytes = [...states.values()].reduce((sum, need) => sum + worstStateBytes(need), 0)
  if (bytes > AGGREGATE_BYTES) {
    yield {
      path: 'aggregates',
      wrong: `at their largest they need ${bytes} bytes in a profile`,
      allowed: `${AGGREGATE_BYTES}: fewer, or shorter windows`,
    }
  }
}
