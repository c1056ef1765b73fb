/** The same visitors past a strategy. */
import type { LoggedDecision } from '../../worker/core/learning/off-policy.ts'
import { bestFor, chanceOf, nameOf, visitors } from './population.ts'
import { decide } from './shop.ts'
import type { Strategy } from './strategies.ts'

/** Running sums after so many decisions. */
export interface Point {
  readonly decisions: number
  /** Orders to be expected of what was shown: what came of it without the dice. */
  readonly expected: number
  /** What somebody who knew every taste would have earned of the same visitors. */
  readonly oracle: number
}

export interface Played extends Point {
  readonly strategy: string
  /** As the dice fell. */
  readonly orders: number
  /** On the way; the first point is zero. */
  readonly curve: readonly Point[]
}

export interface Plan {
  readonly seed: string
  readonly decisions: number
  /** Visitors between two runs of the scheduled job. */
  readonly tickEvery: number
  /** Points of a curve, at most so many as there are decisions. */
  readonly points: number
}

export interface Watching {
  /** Hears now and then how many more decisions were made; the next ones wait for it. */
  readonly progress?: (more: number) => void | Promise<void>
  /** Hears every decision, as a log would have it. */
  readonly log?: (decision: LoggedDecision) => void
}

export async function play(
  strategy: Strategy,
  { seed, decisions, tickEvery, points }: Plan,
  { progress, log }: Watching = {},
): Promise<Played> {
  const every = Math.max(1, Math.floor(decisions / points))
  const curve: Point[] = [{ decisions: 0, expected: 0, oracle: 0 }]
  let [done, orders, expected, oracle] = [0, 0, 0, 0]
  for (const visitor of visitors(seed, decisions)) {
    const { kind, threshold } = visitor
    const shown = decide(strategy.release, visitor, strategy.models)
    if (shown === null) throw new Error(`${strategy.name} had nothing for ${nameOf(kind)}`)
    const chance = chanceOf(kind, shown.action)
    const bought = threshold < chance
    done++
    expected += chance
    oracle += chanceOf(kind, bestFor(kind))
    if (bought) orders++
    strategy.saw(shown, bought)
    log?.({
      context: nameOf(kind),
      action: shown.action,
      propensity: shown.propensity,
      reward: bought ? 1 : 0,
    })
    if (done % tickEvery === 0) strategy.tick()
    if (done % every === 0) {
      curve.push({ decisions: done, expected, oracle })
      await progress?.(every)
    }
  }
  return { strategy: strategy.name, decisions: done, orders, expected, oracle, curve }
}
