/** Sessions as recent events tell them: events less than half an hour apart. */
import type { RecentEvent } from '../profile/profile.ts'
import type { Facts } from './facts.ts'
import type { CompiledWindow, Range } from './window.ts'

export const SESSION_GAP_MS = 1_800_000

const NONE: Range = { fromMs: Infinity, untilMs: Infinity }

/** Index of the newest event that has happened, or -1. */
function newestAt({ profile, nowMs }: Facts): number {
  let at = profile.recent.length - 1
  while (at >= 0 && (profile.recent[at] as RecentEvent)[0] > nowMs) at--
  return at
}

const timeAt = ({ profile }: Facts, at: number): number => (profile.recent[at] as RecentEvent)[0]

/** From the first event of the session that is still on, as far as recent events reach. */
export const sessionWindow: CompiledWindow = {
  range: (facts) => {
    let at = newestAt(facts)
    if (at < 0 || facts.nowMs - timeAt(facts, at) >= SESSION_GAP_MS) return NONE
    while (at > 0 && timeAt(facts, at) - timeAt(facts, at - 1) < SESSION_GAP_MS) at--
    return { fromMs: timeAt(facts, at), untilMs: facts.nowMs + 1 }
  },
  nextOfEvent: ({ nowMs }, timestampMs) => (timestampMs > nowMs ? timestampMs : Infinity),
  nextTurnMs: (facts) => {
    const at = newestAt(facts)
    const coming = facts.profile.recent[at + 1]?.[0] ?? Infinity
    const endMs = at < 0 ? -Infinity : timeAt(facts, at) + SESSION_GAP_MS
    return Math.min(coming, endMs > facts.nowMs ? endMs : Infinity)
  },
  span: null,
  buckets: () => [0, 0],
  nextOfBucket: () => Infinity,
  outgrowsMs: () => Infinity,
  unkept: null,
}
