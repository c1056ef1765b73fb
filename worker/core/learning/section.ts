/**
 * What a profile keeps for learning: recent decisions that were seen, recent
 * hits of goals, and which arms of experiments the person met. Decisions, hits
 * and trials are the newest of a union or the least of a set, so that they know
 * no order of arrival. `counted` is bookkeeping: what the log already says of
 * the person in each experiment, so that the next entry can be the difference.
 */
export interface Learning {
  /** Oldest decision first. */
  readonly exposures: readonly ExposureEntry[]
  /** By goal id. */
  readonly hits: { readonly [goal: string]: HitList }
  /** By experiment id. */
  readonly trials: { readonly [experiment: string]: TrialEntry }
  /** "experiment id/goal id" → [conversions, currency, millionths, currency, millionths, …] */
  readonly counted: { readonly [experimentAndGoal: string]: readonly (number | string)[] }
  /**
   * "decision/goal id" that a reward was told of and that nothing kept says any
   * more, since an earlier copy of the hit came later; absent where there is
   * none. Bookkeeping as well.
   */
  readonly told?: readonly string[]
}

export type ExposureEntry = readonly [
  decidedMs: number,
  /** Digest of the decision. */
  id: string,
  /** Digest of policy, arm, action and context leaf: exposure.ts */
  what: string,
  /** Milliseconds after the decision; null where there was none. */
  impression: number | null,
  click: number | null,
  propensity: number,
  /** Version of the bandit's weights; 0 where none drew. */
  model: number,
  epoch: number,
]

/** [greatest time that had to go, hit, hit, …], oldest hit first. */
export type HitList = readonly [floorMs: number, ...HitEntry[]]
/** What is left out at the end is empty. */
export type HitEntry = readonly [
  atMs: number,
  key?: string,
  micro?: number,
  currency?: string,
  refund?: 1,
]

/** The first exposure, by time and then digest; 1 where another arm was met as well. */
export type TrialEntry = readonly [firstMs: number, digest: string, arm: string, crossed: 0 | 1]

export const NOTHING_LEARNED: Learning = { exposures: [], hits: {}, trials: {}, counted: {} }
