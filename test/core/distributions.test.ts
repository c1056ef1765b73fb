/** jstat's special functions without the rest of it are jstat's, and right. */
import fc from 'fast-check'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { chiSquaredTail, logGamma } from '../../worker/core/experiment/distributions.ts'

interface Whole {
  gammaln(x: number): number
  readonly chisquare: { cdf(x: number, degrees: number): number }
}
const { jStat: whole } = createRequire(import.meta.url)('jstat') as { jStat: Whole }

const real = (min: number, max: number): fc.Arbitrary<number> =>
  fc.double({ min, max, noNaN: true })

test('leaves no global behind', () => {
  expect(Object.keys(globalThis)).not.toContain('jStat')
})

test('what the whole library says', () => {
  fc.assert(
    fc.property(real(1e-6, 1e7), real(0, 500), fc.integer({ min: 1, max: 60 }), (x, chi, of) => {
      expect(logGamma(x)).toBe(whole.gammaln(x))
      expect(chiSquaredTail(chi, of)).toBe(
        Math.min(1, Math.max(0, 1 - whole.chisquare.cdf(chi, of))),
      )
    }),
  )
})

test.each([
  [3.841458821, 1, 0.05],
  [6.634896601, 1, 0.01],
  [5.991464547, 2, 0.05],
  [16.9189776, 9, 0.05],
  [0, 3, 1],
])('a chi-squared of %d with %d degrees of freedom: tables say %d', (statistic, degrees, tail) => {
  expect(chiSquaredTail(statistic, degrees)).toBeCloseTo(tail, 8)
})

test('ln Γ(n) is the logarithm of (n − 1)!', () => {
  let log = 0
  for (let n = 1; n < 50; n++) {
    expect(logGamma(n)).toBeCloseTo(log, 8)
    log += Math.log(n)
  }
})
