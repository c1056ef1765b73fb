/** What a law is worth: the rules that break it, and are caught. */
import fc from 'fast-check'
import { expect } from 'vitest'

/** The same tries each time, and no search for a smaller example: that there is one is all that is asked. */
export const TEETH = { seed: 20260301, endOnFailure: true } as const

/** That the law catches the rule with which it was made. */
export function expectCaught<T>(law: fc.IProperty<T>, rule = 'it'): void {
  const { failed, counterexample } = fc.check(law, { ...TEETH, numRuns: 10_000 })
  // One that could not be tried is not refuted either.
  expect([rule, failed && counterexample !== null]).toEqual([rule, true])
}
