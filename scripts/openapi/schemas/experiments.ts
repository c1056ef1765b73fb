/** Experiments as operators are told of them. */
import * as v from 'valibot'
import type { Comparison } from '../../../worker/core/experiment/compare.ts'
import type { ExperimentResults, GoalArm } from '../../../worker/core/experiment/results.ts'
import type { SampleRatio } from '../../../worker/core/experiment/sample-ratio.ts'
import { says } from '../same.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const instant = v.pipe(v.string(), v.isoTimestamp())
const probability = v.nullable(share)

export const experiments = v.object({
  experiments: v.array(
    v.object({
      experiment: v.string(),
      control: v.string(),
      arms: v.array(v.object({ arm: v.string(), share })),
      goals: v.array(v.string()),
    }),
  ),
})

const interval = { estimate: v.number(), low: v.number(), high: v.number() }

export const comparison = says<Comparison>()(
  v.object({
    arm: v.string(),
    metric: v.pipe(v.string(), v.description('`rate`, or `value:<currency>`: money of a person.')),
    verdict: v.pipe(
      v.picklist(['better', 'worse', 'undecided', 'not_yet']),
      v.description('`not_yet` is too early for an interval; `undecided` is one that holds zero.'),
    ),
    difference: v.nullable(v.object({ ...interval, p: share })),
    lift: v.pipe(
      v.nullable(v.object(interval)),
      v.description('Treatment ÷ control − 1; null where a mean is not above zero.'),
    ),
    morePeople: v.pipe(
      v.nullable(count),
      v.description(
        'For `not_yet`: in the smaller arm, null while nobody has converted (or, for money, paid what was not paid back). For `undecided`: in both together, null when out of reach.',
      ),
    ),
  }),
)

export const sampleRatio = says<SampleRatio>()(
  v.object({
    status: v.picklist(['ok', 'alarm', 'not_yet']),
    arms: v.array(v.object({ arm: v.string(), share, people: count, expected: v.number() })),
    sequentialP: v.pipe(probability, v.description('Valid at every look.')),
    chiSquared: v.nullable(v.number()),
    chiSquaredP: v.pipe(probability, v.description('Valid at one look.')),
  }),
)

const goalArm = says<GoalArm>()(
  v.object({
    arm: v.string(),
    people: v.pipe(count, v.description('Whose window is closed; the other figures are theirs.')),
    pending: v.pipe(count, v.description('Whose window is open.')),
    pendingConverted: count,
    converted: count,
    conversions: count,
    rate: probability,
    value: v.array(
      v.object({
        currency: v.string(),
        total: v.number(),
        mean: v.nullable(v.number()),
        variance: v.number(),
      }),
    ),
  }),
)

export const experimentResults = says<ExperimentResults>()(
  v.object({
    experiment: v.string(),
    control: v.string(),
    asOf: instant,
    alpha: v.pipe(
      share,
      v.description('With this probability at most some interval ever leaves the truth out.'),
    ),
    arms: v.array(
      v.object({ arm: v.string(), share, people: count, exposures: count, crossed: count }),
    ),
    sampleRatio,
    goals: v.array(
      v.object({
        goal: v.string(),
        windowMs: count,
        arms: v.array(goalArm),
        comparisons: v.array(comparison),
      }),
    ),
  }),
)
