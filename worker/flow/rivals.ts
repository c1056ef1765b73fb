/**
 * What to do when somebody else changed the same people first. The answer to
 * the lost commit holds the documents as they stand: used at once, they win
 * against a single rival. Against a crowd they are stale by the time a pause is
 * over, and to try with stale documents is a try lost. So: once at once, then
 * each time a pause with full jitter, a fresh load, and a commit right behind it.
 *
 * Pauses are measured in trips: what has to be kept apart is as long as a trip.
 * Six writers at once, as of a page that loads, then lose all of five tries
 * about once in ten thousand (test/core/rivals.test.ts), at 5 ms a trip as at 100.
 */
import type { LoadedProfile } from '../core/ingest/delivery.ts'
import type { Timer } from './ports.ts'

export const MAX_TRIES = 5

/** Of the shortest and the longest pause to draw from, for a trip of any length. */
const SHORTEST_MS = 40
const LONGEST_MS = 3_200

export interface Lost {
  /** How many tries were lost, this one included. */
  readonly tries: number
  /** What the try took from its beginning to the answer. */
  readonly tripMs: number
  readonly current: readonly LoadedProfile[]
}

/** What the next try builds on. */
export async function afterLosing(
  { tries, tripMs, current }: Lost,
  timer: Timer,
  load: () => Promise<readonly LoadedProfile[]>,
): Promise<readonly LoadedProfile[]> {
  if (tries === 1) return current
  const longestMs = Math.max(SHORTEST_MS, 4 * tripMs) * 2 ** (tries - 1)
  await timer.pause(timer.jitter() * Math.min(LONGEST_MS, longestMs))
  return load()
}
