/** What may hang is waited for so long and no longer, and then it is said what was waited for. */

/**
 * Each at least ten times what it takes on a quiet machine, so that what is
 * only slow is right all the same: what is reached has hung.
 */
export const LIMITS_MS = {
  /** One run of a program; the longest, a linter or an upload of thousands, takes some five seconds. */
  program: 120_000,
  /** What `npm start` says next: it builds, and the outbox is drained every 15 seconds. */
  start: 240_000,
  /** One step in a browser, starting it included: a second or two where a page animates. */
  browserStep: 60_000,
} as const

/** Throws naming `what` when `waited` is not settled in time; `giveUp` then ends what it waits for. */
export async function within<T>(
  limitMs: number,
  what: string,
  waited: Promise<T>,
  giveUp: () => string | void = () => {},
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const said = giveUp() ?? ''
      reject(new Error(`Waited ${limitMs / 1000} s for ${what}, in vain.${said && `\n${said}`}`))
    }, limitMs)
  })
  try {
    return await Promise.race([waited, late])
  } finally {
    clearTimeout(timer)
  }
}
