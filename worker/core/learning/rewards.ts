/**
 * Which decisions a goal's hits are credited to: every one that was exposed
 * before the hit and within the goal's window. A reward is logged in the commit
 * in which its exposure and its hit first stand in one profile, whichever came
 * last and whether by a fold or a merge; so it is logged once.
 *
 * Never twice, although old hits make room: once a hit has gone, exposures that
 * are no later than it take part in no new reward of that goal. Whatever such a
 * hit was credited to lies before it.
 */
import { conversionsOf, type Conversion, type Hit } from '../goal/hit.ts'
import type { CompiledGoal } from '../goal/goal.ts'
import { exposedMs } from './exposure.ts'
import type { Hits } from './hits.ts'
import type { ExposureEntry } from './section.ts'

export interface Reward {
  /** Equal for equal exposure, goal and business key. */
  readonly id: string
  readonly exposure: ExposureEntry
  readonly goal: CompiledGoal
  readonly hit: Hit
  /** When the exposure was that it is credited to. */
  readonly exposedMs: number
  /** No other hit of the goal was credited to this decision before. */
  readonly first: boolean
  /** By how much the square of the decision's money (in units) grows. */
  readonly squares: number
}

type Credit = Omit<Reward, 'first' | 'squares'>

/** What is known of one person: decisions and hits by goal. */
export interface Known {
  readonly exposures: readonly ExposureEntry[]
  readonly hitsOf: (goal: CompiledGoal) => Hits
  /** Decisions that were rewarded although nothing known says so any more. */
  readonly told: readonly string[]
}

export interface Rewarded {
  readonly rewards: readonly Reward[]
  /** `told` from now on. */
  readonly told: readonly string[]
}

/** So many are remembered, of the decisions made last. */
export const KEPT_TOLD = 4

const ofDecision = ({ exposure, goal }: Pick<Credit, 'exposure' | 'goal'>): string =>
  `${exposure[1]}/${goal.id}`

/** All that follows from what is known, by id. */
export function creditsOf(
  { exposures, hitsOf }: Known,
  goals: readonly CompiledGoal[],
): Map<string, Credit> {
  const credits = new Map<string, Credit>()
  for (const goal of goals) {
    const { floorMs, hits } = hitsOf(goal)
    if (hits.length === 0) continue
    const conversions = conversionsOf(hits).sort((a, b) => a.hit.atMs - b.hit.atMs)
    for (const exposure of exposures) {
      const sinceMs = exposedMs(exposure, goal.own ? 'impression' : goal.after)
      if (sinceMs === null || sinceMs <= floorMs) continue
      const within = conversions.filter((conversion) =>
        isCredited(conversion, exposure, goal, sinceMs),
      )
      const id = `${exposure[1]}:${goal.key}`
      const add = (end: string, hit: Hit): void => {
        credits.set(id + end, { id: id + end, exposure, goal, hit, exposedMs: sinceMs })
      }
      // Without a business key a decision is rewarded once, by the earliest.
      if (!goal.keyed && within[0] !== undefined) add('', within[0].hit)
      if (!goal.keyed) continue
      for (const { hit, refunds } of within) {
        add(`:${hit.key}`, hit)
        for (const refund of refunds) {
          add(`:${hit.key}:${refund.atMs}:${refund.micro}`, refund)
        }
      }
    }
  }
  return credits
}

function isCredited(
  { hit }: Conversion,
  exposure: ExposureEntry,
  goal: CompiledGoal,
  sinceMs: number,
): boolean {
  // A refund that stands alone is nobody's doing.
  if (hit.refund || hit.atMs > sinceMs + goal.windowMs) return false
  return goal.own ? hit.key === exposure[1] : hit.atMs > sinceMs
}

/** What follows from both together, and from neither alone. */
export function newRewards(
  before: readonly Known[],
  after: Known,
  goals: readonly CompiledGoal[],
): Rewarded {
  const now = creditsOf(after, goals)
  const old = new Map(before.flatMap((known) => [...creditsOf(known, goals)]))
  const money = new Map<string, number>()
  const seen = new Set<string>(after.told)
  for (const credit of old.values()) {
    const key = ofDecision(credit)
    seen.add(key)
    money.set(key, (money.get(key) ?? 0) + credit.hit.micro / 1e6)
  }
  const rewards: Reward[] = []
  for (const [id, credit] of now) {
    if (old.has(id)) continue
    const key = ofDecision(credit)
    const was = money.get(key) ?? 0
    const is = was + credit.hit.micro / 1e6
    money.set(key, is)
    rewards.push({ ...credit, first: !seen.has(key), squares: is * is - was * was })
    seen.add(key)
  }
  return { rewards, told: untold(seen, now, after, goals) }
}

/** Of what was told, what the credits no longer show and could be told again. */
function untold(
  seen: ReadonlySet<string>,
  now: ReadonlyMap<string, Credit>,
  { exposures, hitsOf }: Known,
  goals: readonly CompiledGoal[],
): string[] {
  if (seen.size === 0) return []
  const shown = new Set([...now.values()].map(ofDecision))
  const gone = exposures.flatMap((exposure) =>
    goals.flatMap((goal) => {
      const key = ofDecision({ exposure, goal })
      if (!seen.has(key) || shown.has(key)) return []
      const sinceMs = exposedMs(exposure, goal.own ? 'impression' : goal.after)
      return sinceMs === null || sinceMs <= hitsOf(goal).floorMs ? [] : [key]
    }),
  )
  return gone.slice(-KEPT_TOLD)
}
