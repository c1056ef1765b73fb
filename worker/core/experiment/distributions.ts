/** Distribution functions. 21 KB with gzip, so nothing that a visitor waits for imports this. */
import jStat from 'jstat'

/** ln Γ(x), x > 0. */
export const logGamma = (x: number): number => jStat.gammaln(x)

/** How likely a chi-squared statistic at least so large is by chance alone. */
export const chiSquaredTail = (statistic: number, degrees: number): number =>
  Math.min(1, Math.max(0, 1 - jStat.chisquare.cdf(statistic, degrees)))
