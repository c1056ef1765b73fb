/**
 * Models: for each policy that learns and each of its context leaves, the share
 * of draws that each action gets. A model never changes; the next one has a
 * greater version.
 */
import { chancesOfBest, type Density } from './best.ts'
import {
  addEvidence,
  NO_EVIDENCE,
  ratePosterior,
  valuePosterior,
  type Evidence,
  type Posterior,
  type Prior,
} from './posterior.ts'

export interface Model {
  readonly version: number
  readonly policies: { readonly [policy: string]: PolicyModel }
}

export interface PolicyModel {
  /** The model's in which these weights were worked out: draws go by it, so they stay as long as it does. */
  readonly version: number
  readonly builtMs: number
  readonly goal: string
  /** Since when the goal is counted for this policy, in hours since 1970. */
  readonly sinceHour: number
  /** Leaf → action → share; each leaf's add up to one. '' is the rest. */
  readonly leaves: { readonly [leaf: string]: Shares }
  /** Leaf → what to draw by for whoever cannot have the leaders; nothing where it says the same. */
  readonly without?: { readonly [leaf: string]: readonly Rung[] }
}

/** By action; they add up to one. */
export type Shares = { readonly [action: string]: number }

/**
 * Shares among those that are left where neither this leader nor those of the
 * rungs before can be had: to be drawn by how likely each is the best of them.
 * Where a leader has nearly everything, sharing its part out by the shares of
 * the others would be drawing by their floors.
 */
export interface Rung {
  readonly leader: string
  readonly shares: Shares
}

/** How a policy learns. */
export interface Learner {
  readonly policy: string
  readonly goal: string
  readonly by: 'rate' | 'value'
  readonly after: 'impression' | 'click'
  readonly currency: string
  /** All that it may choose. */
  readonly actions: readonly string[]
  /** Of its contexts, and '' for the rest. */
  readonly leaves: readonly string[]
  readonly floor: number
  readonly prior: { readonly mean?: number | undefined; readonly strength: number }
  /** Infinity forgets nothing. */
  readonly halfLifeMs: number
  readonly patienceMs: number
  readonly refreshMs: number
}

/** What an action came to in a leaf. */
export type EvidenceOf = (leaf: string, action: string) => Evidence

/** Weights in millionths: small, and exact as they are read back. */
const UNITS = 1e6

/** Who has less leaves the order of the others in their shares. */
const LEADS = 0.5
/** Somebody to whom so many leaders are barred draws among the rest by the last rung. */
const RUNGS = 4
/** Shares of a policy, all together: a model is read with the release, and a value in D1 has 2 MB. */
const MOST_SHARES = 10_000

/** By how likely each action is the best, in each leaf and of what is left there. */
export function weightsOf(
  learner: Learner,
  evidenceOf: EvidenceOf,
): Required<Pick<PolicyModel, 'leaves' | 'without'>> {
  const { actions, leaves, by, prior } = learner
  const ofAction = new Map(
    actions.map((action) => [
      action,
      leaves.reduce((sum, leaf) => addEvidence(sum, evidenceOf(leaf, action)), NO_EVIDENCE),
    ]),
  )
  const all = [...ofAction.values()].reduce(addEvidence, NO_EVIDENCE)
  const mean = prior.mean ?? meanOf(all, by)
  const variance = varianceOf(all)
  const posterior = (evidence: Evidence, guess: Prior): Posterior =>
    by === 'rate' ? ratePosterior(evidence, guess) : valuePosterior(evidence, guess, variance)
  const rungs = Math.min(RUNGS, Math.floor(MOST_SHARES / (actions.length * leaves.length)) - 1)
  const ladders = leaves.map((leaf) => {
    const densities = actions.map((action) => {
      const whole = posterior(ofAction.get(action) as Evidence, { ...prior, mean })
      if (leaves.length === 1) return whole.density
      // A leaf begins with what the action is everywhere, and learns how it differs.
      const guess = { mean: whole.mean, strength: prior.strength }
      return posterior(evidenceOf(leaf, action), guess).density
    })
    return [leaf, ladderOf(actions, densities, learner.floor, rungs)] as const
  })
  return {
    leaves: Object.fromEntries(ladders.map(([leaf, { shares }]) => [leaf, shares])),
    without: Object.fromEntries(
      ladders.flatMap(([leaf, { rungs }]) => (rungs.length > 0 ? [[leaf, rungs]] : [])),
    ),
  }
}

function ladderOf(
  actions: readonly string[],
  densities: readonly Density[],
  floor: number,
  most: number,
): { readonly shares: Shares; readonly rungs: readonly Rung[] } {
  const sharesOf = (left: readonly number[]): Shares =>
    withFloor(
      left.map((i) => actions[i] as string),
      chancesOfBest(left.map((i) => densities[i] as Density)),
      floor,
    )
  let left = actions.map((_, i) => i)
  const shares = sharesOf(left)
  const rungs: Rung[] = []
  for (let last = shares; rungs.length < most && left.length > 2;) {
    const [leader, share] = Object.entries(last).reduce((a, b) => (b[1] > a[1] ? b : a))
    if (share <= LEADS) break
    left = left.filter((i) => actions[i] !== leader)
    last = sharesOf(left)
    rungs.push({ leader, shares: last })
  }
  return { shares, rungs }
}

/** Nobody has less than the floor, and together they have one. */
function withFloor(
  actions: readonly string[],
  chances: readonly number[],
  wanted: number,
): { readonly [action: string]: number } {
  const floor = Math.min(wanted, 1 / actions.length)
  const rest = 1 - floor * actions.length
  const units = chances.map((chance) => Math.floor((floor + rest * chance) * UNITS))
  // What rounding left over goes to the first of the best.
  const left = UNITS - units.reduce((sum, n) => sum + n, 0)
  const best = units.indexOf(Math.max(...units))
  return Object.fromEntries(
    actions.map((action, i) => [action, ((units[i] as number) + (i === best ? left : 0)) / UNITS]),
  )
}

/** A rate with half a success and half a failure more, so that nobody begins at zero. */
const meanOf = ({ exposures, rewarded, money }: Evidence, by: Learner['by']): number =>
  by === 'rate'
    ? (rewarded + 0.5) / (Math.max(exposures, rewarded) + 1)
    : money / Math.max(1, exposures)

const varianceOf = ({ exposures, money, squares }: Evidence): number =>
  exposures < 2 ? 1 : Math.max(1e-12, squares / exposures - (money / exposures) ** 2)
