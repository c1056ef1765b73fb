/** The few of jstat's functions that are used here; it ships no types. */
declare module 'jstat' {
  const jStat: {
    /** ln Γ(x), x > 0. */
    gammaln(x: number): number
    readonly chisquare: {
      /** P(X ≤ x) with so many degrees of freedom. */
      cdf(x: number, degrees: number): number
    }
  }
  export default jStat
}
