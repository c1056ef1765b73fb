/** Distribution functions, by jstat: of its 18 KB with gzip its special functions alone. */
import { jStat } from './jstat-global.ts'
import 'jstat/src/special.js'

// It has been added to: nobody else needs to find it.
Reflect.deleteProperty(globalThis, 'jStat')

/** ln Γ(x), x > 0. */
export const logGamma = (x: number): number => jStat.gammaln(x)

/** How likely a chi-squared statistic at least so large is by chance alone. */
export const chiSquaredTail = (statistic: number, degrees: number): number =>
  Math.min(1, Math.max(0, 1 - jStat.lowRegGamma(degrees / 2, statistic / 2)))
