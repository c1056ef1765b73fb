/** TSUGI_RUNS=10000: so many runs of each law, also of those that name no number of their own. */
import fc from 'fast-check'

const runs = process.env['TSUGI_RUNS']
if (runs !== undefined) fc.configureGlobal({ numRuns: Number(runs) })
