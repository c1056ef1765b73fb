/** How many sessions recent events tell of within a window. */
import type { SessionsLeaf } from '../../../contract/condition.ts'
import type { Facts } from '../facts.ts'
import { nextFlip } from '../next-change.ts'
import { compileOperators } from '../operator/compile.ts'
import { noProperties } from '../operator/test.ts'
import type { Setting } from '../scope.ts'
import { SESSION_GAP_MS } from '../session.ts'
import { compileWindow, isGone } from '../window.ts'
import { windowWords, wordsOf } from '../words.ts'
import type { CompiledLeaf } from './leaf.ts'

export function sessionsLeaf(leaf: SessionsLeaf, setting: Setting): CompiledLeaf {
  const window = compileWindow(leaf, setting)
  const enough = compileOperators(leaf.sessions, setting).test

  const count = (facts: Facts): number => {
    const { fromMs, untilMs } = window.range(facts)
    let sessions = 0
    let lastMs = -Infinity
    // Once recent events do not reach back to it, the first event of all still tells of a session.
    const { firstSeenMs, lastSeenMs, recent } = facts.profile
    const oldest = recent[0]?.[0] ?? Infinity
    if (lastSeenMs > 0 && firstSeenMs < oldest && firstSeenMs >= fromMs && firstSeenMs < untilMs) {
      sessions = 1
      lastMs = firstSeenMs
    }
    for (const [timestampMs] of recent) {
      if (timestampMs < fromMs || timestampMs >= untilMs) continue
      if (timestampMs - lastMs >= SESSION_GAP_MS) sessions++
      lastMs = timestampMs
    }
    return sessions
  }
  const holds = (facts: Facts): boolean => enough(count(facts), facts, noProperties)
  const nextMoment = (facts: Facts): number => {
    const range = window.range(facts)
    const times = [facts.profile.firstSeenMs, ...facts.profile.recent.map(([ms]) => ms)]
    const inside = times.filter((ms) => !isGone(facts, range, ms))
    const next = Math.min(...inside.map((ms) => window.nextOfEvent(facts, ms)))
    return inside.length === 0 ? Infinity : Math.min(next, window.nextTurnMs(facts))
  }
  return {
    holds,
    trace: (facts) => ({
      condition: `sessions ${wordsOf(leaf.sessions)}${windowWords(leaf)}`,
      holds: holds(facts),
      seen: count(facts),
    }),
    nextChangeMs: (facts) => nextFlip(facts, holds, nextMoment),
  }
}
