/** The experiment of test/core/cases/experiments.json, and what is told of it. */
import { experimentResults } from '../../worker/core/experiment/results.ts'
import type { TallyRow } from '../../worker/core/experiment/tally.ts'
import suite from './cases/experiments.json' with { type: 'json' }

const { control, arms, goals } = suite
const plan = { experiment: 'x', control, arms, goals }
export const resultsOf = (rows: readonly TallyRow[]) =>
  experimentResults(plan, rows, Date.parse(suite.now))

/** TSUGI_RUNS for the long form; a few hundred lives of an experiment tell a wrong formula. */
export const LIVES = Math.min(2000, Number(process.env['TSUGI_RUNS'] ?? 300))
