/** What policies that learn draw by, as operators are told of it. */
import * as v from 'valibot'
import type { WeightsAnswer } from '../../../worker/contract/weights.ts'
import { says } from '../same.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const shares = v.record(v.string(), share)

export const policyWeights = says<WeightsAnswer>()(
  v.object({
    policy: v.string(),
    goal: v.string(),
    by: v.picklist(['rate', 'value']),
    floor: share,
    model: v.pipe(count, v.description('The version that was read; 0 before the first.')),
    version: v.pipe(
      count,
      v.description(
        'The one in which these weights were worked out, which decisions are logged with; 0: there are none, and all actions are alike.',
      ),
    ),
    builtAt: v.nullable(v.pipe(v.string(), v.isoTimestamp())),
    kept: v.nullable(v.object({ from: count, to: count })),
    actions: v.array(v.string()),
    leaves: v.array(
      v.object({
        leaf: v.pipe(v.string(), v.description('Key of the context; "" is the rest.')),
        shares: v.pipe(shares, v.description('Of draws for whoever can have every action.')),
        without: v.pipe(
          v.array(v.object({ leader: v.string(), shares })),
          v.description(
            'In this order: what is drawn by where neither this leader nor those before it can be had.',
          ),
        ),
      }),
    ),
  }),
)
