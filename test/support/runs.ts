/**
 * TSUGI_RUNS=10000: so many runs of each law, also of those that name no number
 * of their own. Each run tries others, which is how a rare fault is found one
 * day; where CI judges a change it tries the same ones each time, so that a
 * change is not red for what was there before it.
 */
import fc from 'fast-check'

const { TSUGI_RUNS: runs, CI: isCi } = process.env
const SEED = 1

fc.configureGlobal({
  ...(runs === undefined ? {} : { numRuns: Number(runs) }),
  ...(isCi === 'true' ? { seed: SEED } : {}),
})
