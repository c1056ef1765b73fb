/** Runs that end, or stand still, right after a step of theirs. */
import { expect } from 'vitest'
import { everything } from './warehouse.ts'

/** What a run calls after each of its steps; what it throws ends the run there. */
type Watch<Step extends string> = (step: Step) => void | Promise<void>

/** Those of a run that nobody disturbs. */
export async function stepsOf<Step extends string>(
  run: (step: Watch<Step>) => Promise<unknown>,
): Promise<Step[]> {
  const steps: Step[] = []
  await run((step) => void steps.push(step))
  return steps
}

/** A case each: the how-manieth it is, and its name. */
export const numbered = <Step extends string>(steps: readonly Step[]) =>
  steps.map((step, index) => [index + 1, step] as const)

/** Throws at the nth step of a run, as a kill right after it would end the run. */
export function killAt(nth: number): () => void {
  let seen = 0
  return () => {
    if (++seen === nth) throw new Error('killed')
  }
}

/** Likewise, at every step of that name. */
export const killAfter =
  (at: string) =>
  (step: string): void => {
    if (step === at) throw new Error('killed')
  }

/**
 * A run stands still where it first comes to a step, others do their work, and
 * it wakes: what they left is what is left. Answers how it ended.
 */
export async function overtaken<Step extends string, T>(
  at: Step,
  run: (step: Watch<Step>) => Promise<T>,
  others: () => Promise<unknown>,
  standing: () => Promise<unknown> = everything,
): Promise<T> {
  const asleep = Promise.withResolvers<void>()
  const woken = Promise.withResolvers<void>()
  let slept = false
  const sleeper = run(async (step) => {
    if (step !== at || slept) return
    slept = true
    asleep.resolve()
    await woken.promise
  })
  // One that ends without coming there would be waited for in vain.
  await Promise.race([
    asleep.promise,
    sleeper.then(() => Promise.reject(new Error(`the run ended and never came to "${at}"`))),
  ])
  await others()
  const left = await standing()
  woken.resolve()
  const ended = await sleeper
  expect(await standing()).toEqual(left)
  return ended
}
