/** jstat's sources are scripts that add to a global of this name; so one of them can be had without the rest. Whoever loads one takes the global away again. */
interface Special {
  /** ln Γ(x), x > 0. */
  gammaln(x: number): number
  /** P(a, x), the lower incomplete gamma function, regularised: a > 0, x ≥ 0. */
  lowRegGamma(a: number, x: number): number
  /** Where it puts methods of its vectors, which are not there. */
  readonly fn: object
}

export const jStat = { fn: {} } as Special
Object.assign(globalThis, { jStat })
