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

interface Change {
  readonly holds: boolean
  /** Infinity if never. */
  readonly nextMs: number
}
type ChangeOf = (facts: Facts) => Change

/** null when time has no say in the whole condition. */
export function changeOf(condition: Condition, program: Program): ChangeOf | null {
  const { change, timeless } = compile(condition, program)
  return timeless ? null : change
}

interface Compiled {
  readonly change: ChangeOf
  readonly timeless: boolean
}

function compile(condition: Condition, program: Program): Compiled {
  if (isAll(condition)) return joined(condition.all, program, true)
  if (isAny(condition)) return joined(condition.any, program, false)
  if (isNot(condition)) {
    const { change, timeless } = compile(condition.not, program)
    return {
      timeless,
      change: (facts) => {
        const { holds, nextMs } = change(facts)
        return { holds: !holds, nextMs }
      },
    }
  }
  const leaf = program.leafIndex(condition)
  return {
    timeless: program.leaf(leaf).nextChangeMs === null,
    change: (facts) => ({
      holds: program.leafHolds(leaf, facts),
      nextMs: program.leafNextChangeMs(leaf, facts),
    }),
  }
}

/** @param every whether it holds when every part does, or when some part does */
function joined(conditions: readonly Condition[], program: Program, every: boolean): Compiled {
  const parts = conditions.map((part) => compile(part, program))
  return {
    timeless: parts.every(({ timeless }) => timeless),
    change: (facts) => {
      let firstMs = Infinity
      let lastMs = -Infinity
      let decided = false
      for (const { change } of parts) {
        const { holds, nextMs } = change(facts)
        if (holds === every) firstMs = Math.min(firstMs, nextMs)
        else {
          decided = true
          lastMs = Math.max(lastMs, nextMs)
        }
      }
      return decided ? { holds: !every, nextMs: lastMs } : { holds: every, nextMs: firstMs }
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
