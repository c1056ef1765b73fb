/** What an experiment's arms did, as far as it is in the tallies. */
import { HOUR_MS } from '../core/experiment/tally.ts'
import type { ExperimentPlan, ExperimentResults } from '../core/experiment/results.ts'
import type { Tallies } from './learning-ports.ts'

/** Throws StoreError. */
export async function readResults(
  tallies: Tallies,
  plan: ExperimentPlan,
  nowMs: number,
): Promise<ExperimentResults> {
  const longestMs = Math.max(0, ...plan.goals.map(({ windowMs }) => windowMs))
  const rows = await tallies.experiment(
    plan.experiment,
    Math.floor((nowMs - longestMs) / HOUR_MS) - 1,
  )
  // The statistics are for those who look at results: requests do not wait for them to load.
  const { experimentResults } = await import('../core/experiment/results.ts')
  return experimentResults(plan, rows, nowMs)
}
