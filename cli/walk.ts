/** A long walk in bounded steps: each is tried again while the worker is busy, and Ctrl-C ends after a step. */
import { setTimeout as sleep } from 'node:timers/promises'
import { AdminError, StrangerError, UnreachableError } from './admin-api.ts'

const PAUSES_MS = [1000, 2000, 4000, 8000]

export interface WalkOptions {
  /** Where to begin; null is the beginning. */
  readonly from: string | null
  /** Between two steps, so that others get their turn. */
  readonly pauseMs: number
}

/** Yields each step with where the next one begins: what a later walk goes on from. */
export async function* walk<T extends { readonly next: string | null }>(
  { from, pauseMs }: WalkOptions,
  step: (cursor: string | null) => Promise<T>,
): AsyncGenerator<T> {
  let interrupted = false
  const interrupt = (): void => void (interrupted = true)
  process.once('SIGINT', interrupt)
  try {
    let cursor = from
    do {
      const done = await patiently(() => step(cursor))
      cursor = done.next
      yield done
      if (cursor !== null && pauseMs > 0) await sleep(pauseMs)
    } while (cursor !== null && !interrupted)
  } finally {
    process.off('SIGINT', interrupt)
  }
}

/** Tries again while the worker is busy. */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await work()
    } catch (error) {
      if (!isBusy(error)) throw error
      await sleep(pauseMs)
    }
  }
  return work()
}

const isBusy = (error: unknown): boolean =>
  (error instanceof UnreachableError && !(error instanceof StrangerError)) ||
  (error instanceof AdminError && (error.problem.status >= 500 || error.problem.status === 429))
