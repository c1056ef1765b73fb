/**
 * Models: for each policy that learns and each of its context leaves, the share
 * of draws that each action gets. A model never changes; the next one has a
 * greater version.
 */
import { chancesOfBest } from './best.ts'
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
  readonly leaves: { readonly [leaf: string]: { readonly [action: string]: number } }
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

/** Leaf → action → share, by how likely each is the best. */
export function weightsOf(learner: Learner, evidenceOf: EvidenceOf): PolicyModel['leaves'] {
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
  return Object.fromEntries(
    leaves.map((leaf) => {
      const densities = actions.map((action) => {
        const whole = posterior(ofAction.get(action) as Evidence, { ...prior, mean })
        if (leaves.length === 1) return whole.density
        // A leaf begins with what the action is everywhere, and learns how it differs.
        const guess = { mean: whole.mean, strength: prior.strength }
        return posterior(evidenceOf(leaf, action), guess).density
      })
      return [leaf, withFloor(actions, chancesOfBest(densities), learner.floor)]
    }),
  )
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
