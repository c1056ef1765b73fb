/**
 * When time alone could next change an answer: never late, possibly early.
 * `all` changes at the earliest when its first part does while it holds; while
 * it does not, each part that fails must change, so the latest of these counts.
 * `any` is its mirror.
 */
import type { Condition } from '../../contract/condition.ts'
import type { Facts } from './facts.ts'
import type { Program } from './program.ts'
import { isAll, isAny, isNot } from './tree.ts'

type NextChange = (facts: Facts) => number

/** null when time has no say in the whole condition. */
export function changeOf(condition: Condition, program: Program): NextChange | null {
  const { nextMs, timeless } = compile(condition, program)
  return timeless ? null : nextMs
}

interface Compiled {
  readonly holds: (facts: Facts) => boolean
  /** Infinity if never. */
  readonly nextMs: NextChange
  readonly timeless: boolean
}

function compile(condition: Condition, program: Program): Compiled {
  if (isAll(condition)) return joined(condition.all, program, true)
  if (isAny(condition)) return joined(condition.any, program, false)
  if (isNot(condition)) {
    const part = compile(condition.not, program)
    return { ...part, holds: (facts) => !part.holds(facts) }
  }
  const leaf = program.leafIndex(condition)
  return {
    timeless: program.leaf(leaf).nextChangeMs === null,
    holds: (facts) => program.leafHolds(leaf, facts),
    nextMs: (facts) => program.leafNextChangeMs(leaf, facts),
  }
}

/** @param every whether it holds when every part does, or when some part does */
function joined(conditions: readonly Condition[], program: Program, every: boolean): Compiled {
  const parts = conditions.map((part) => compile(part, program))
  const timeless = parts.filter((part) => part.timeless)
  const timed = parts.filter((part) => !part.timeless)
  return {
    timeless: timed.length === 0,
    holds: (facts) => parts.every(({ holds }) => holds(facts) === every) === every,
    nextMs(facts) {
      // Most are decided by what no time can change: then nothing else need be asked.
      for (const { holds } of timeless) if (holds(facts) !== every) return Infinity
      let lastMs = -Infinity
      for (const { holds, nextMs } of timed) {
        if (holds(facts) !== every) lastMs = Math.max(lastMs, nextMs(facts))
        if (lastMs === Infinity) return lastMs
      }
      if (lastMs !== -Infinity) return lastMs
      return timed.reduce((min, { nextMs }) => Math.min(min, nextMs(facts)), Infinity)
    },
  }
}

/** So many moments are tried until one changes the answer; the one after them is early. */
const MOMENTS = 256

/**
 * The first of a leaf's moments at which its answer is another.
 * @param nextMoment after `facts.nowMs`, when anything that the leaf reads next changes
 */
export function nextFlip(
  facts: Facts,
  holds: (facts: Facts) => boolean,
  nextMoment: (facts: Facts) => number,
): number {
  const answer = holds(facts)
  let at = facts
  for (let i = 0; i < MOMENTS; i++) {
    const nowMs = nextMoment(at)
    if (nowMs === Infinity) return nowMs
    at = { ...facts, nowMs }
    if (holds(at) !== answer) return nowMs
  }
  return at.nowMs
}
