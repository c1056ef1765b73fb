/** What the test and the worker that it kills say to each other at `/kill-points`. */

export interface Arming {
  /** A write of a scheduled run: what it does, and the how-manieth of its kind it is. */
  readonly point: string
  /** Asked when it is done and the run stands there; it waits for an answer that never comes. */
  readonly tellUrl: string
}

export interface Setting {
  /** What the worker's clock shows from now on. */
  readonly clockMs: number
  readonly arming: Arming | null
}

export interface Account {
  /** Writes of the last scheduled run, in order. */
  readonly passed: readonly string[]
  /** Batches and compactions that somebody began and nobody ended. */
  readonly unfinished: number
}
