/** Decisions of the past, as schemas that the compiler holds to the worker's own types. */
import * as v from 'valibot'
import type { WhyAnswer } from '../../../worker/contract/why.ts'
import { says } from '../same.ts'
import { mayStop, reason, stop } from './reasons.ts'

const names = v.record(v.string(), v.string())
const count = v.pipe(v.number(), v.integer(), v.minValue(0))

export const whyAnswer = says<WhyAnswer>()(
  v.object({
    placement: v.string(),
    action: v.pipe(v.nullable(v.string()), v.description('Of the item that the id is of.')),
    position: count,
    at: v.pipe(v.string(), v.description('In the workspace’s time zone.')),
    expired: v.pipe(v.boolean(), v.description('Over 90 days old: exposures do not count.')),
    epoch: count,
    release: count,
    profileId: v.pipe(v.nullable(v.string()), v.description('As it was then.')),
    policy: v.nullable(v.string()),
    arm: v.nullable(v.string()),
    propensity: v.number(),
    experiments: v.pipe(names, v.description('Experiment or holdout → arm.')),
    replay: v.pipe(
      v.picklist(['same', 'different', 'not_replayable', 'not_logged']),
      v.description('What came of deciding it again from its log line alone.'),
    ),
    shown: v.array(v.string()),
    instead: v.pipe(v.array(v.string()), v.description('What a holdout kept away.')),
    reason: v.nullable(reason),
    stopped: v.pipe(
      v.nullable(v.object(stop)),
      v.description('What stopped the placement as a whole.'),
    ),
    policies: v.array(
      v.object({
        policy: v.string(),
        passed: v.boolean(),
        ...mayStop,
        actions: v.array(
          v.object({
            action: v.string(),
            chosen: v.boolean(),
            score: v.exactOptional(v.pipe(v.number(), v.description('By a formula.'))),
            ...mayStop,
          }),
        ),
      }),
    ),
    names: v.pipe(
      v.object({
        placements: names,
        policies: names,
        actions: names,
        segments: names,
        experiments: names,
        arms: names,
        splitArms: names,
      }),
      v.description(
        'Key → name, of that release and in the language asked for. `arms` of experiments are `<experiment>/<arm>`, `splitArms` of policies `<policy>/<arm>`; those without a name are not there.',
      ),
    ),
  }),
)
