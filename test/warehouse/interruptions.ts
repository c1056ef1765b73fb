/** Runs that end, or stand still, right after a step of theirs. */

/** Throws at the nth step of a run, as a kill right after it would end the run. */
export function killAt(nth: number): () => void {
  let seen = 0
  return () => {
    if (++seen === nth) throw new Error('killed')
  }
}

export interface Sleeper<Step extends string> {
  readonly step: (step: Step) => Promise<void>
  /** Resolves when the run stands still. */
  readonly asleep: Promise<void>
  readonly wake: () => void
}

/** Stands still where a run first comes to that step, until it is woken. */
export function sleepAt<Step extends string>(at: Step): Sleeper<Step> {
  let [wake, fall] = [(): void => undefined, (): void => undefined]
  const sleeping = new Promise<void>((resolve) => (wake = resolve))
  const asleep = new Promise<void>((resolve) => (fall = resolve))
  let slept = false
  return {
    async step(step) {
      if (step !== at || slept) return
      slept = true
      fall()
      await sleeping
    },
    asleep,
    wake,
  }
}
