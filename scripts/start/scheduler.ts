/** Cron for a machine that has none: one run after the other, never two at once. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Runs now and `everyMs` after each end; a run that throws is told and does not stop it. */
export function startScheduler(
  run: () => Promise<void>,
  everyMs: number,
  onError: (error: unknown) => void,
): () => Promise<void> {
  const ending = new AbortController()
  const running = (async () => {
    while (!ending.signal.aborted) {
      await run().catch(onError)
      await sleep(everyMs, undefined, { signal: ending.signal }).catch((error: Error) => {
        if (error.name !== 'AbortError') throw error
      })
    }
  })()
  /** Resolves when the run that is under way has ended. */
  return async () => {
    ending.abort()
    await running
  }
}
