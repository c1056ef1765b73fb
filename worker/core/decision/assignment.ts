/**
 * Who draws which arm. The lot is a hash of the experiment's seed and the
 * person (worker/core/hash.ts, version 1), so that it is the same in every
 * isolate, uniform, and independent between seeds. An arm that was recorded at
 * a first exposure stays, whatever becomes of weights and traffic.
 */
import { fraction } from '../hash.ts'
import type { Stop } from './gates.ts'
import type { CompiledArm, CompiledExperiment, CompiledPolicy } from './plan.ts'
import type { Question } from './question.ts'

export interface Drawn {
  readonly experiment: CompiledExperiment
  readonly arm: CompiledArm
}

/** null for who does not take part. */
export function drawArm(experiment: CompiledExperiment, question: Question): Drawn | null {
  const { schedule, when, id } = experiment
  const { nowMs, facts } = question
  const forced = question.asked.preview?.arms.get(experiment.key)
  if (forced !== undefined) {
    const arm = experiment.arms.find(({ key }) => key === forced)
    if (arm !== undefined) return { experiment, arm }
  }
  if (nowMs < schedule.fromMs || nowMs >= schedule.untilMs) return null
  if (when !== null && !question.holds(when)) return null
  const recorded = id === null ? null : question.armMet(id)
  if (recorded !== null) {
    const arm = experiment.arms.find((arm) => arm.id === recorded)
    if (arm !== undefined) return { experiment, arm }
  }
  if (!takesPart(experiment, facts.profile.splitKey)) return null
  return { experiment, arm: armAt(experiment, facts.profile.splitKey) }
}

function takesPart({ group, traffic, seed }: CompiledExperiment, splitKey: string): boolean {
  if (group !== null) {
    const at = fraction(`group:${group.seed}`, splitKey)
    if (at < group.from || at >= group.until) return false
  }
  return traffic >= 1 || fraction(`traffic:${seed}`, splitKey) < traffic
}

export function armAt({ seed, arms }: CompiledExperiment, splitKey: string): CompiledArm {
  let at = fraction(seed, splitKey)
  for (const arm of arms) {
    if (at < arm.share) return arm
    at -= arm.share
  }
  // Shares may add up to a little less than one.
  return arms.findLast(({ share }) => share > 0) as CompiledArm
}

/** The arms of a holdout. */
export const HELD = 'held'
export const OPEN = 'open'

/** What the lots of a policy come to for one person. */
export interface Lots {
  readonly stop: Stop | null
  readonly holdouts: readonly Drawn[]
  /** The experiment on this policy, for who takes part. */
  readonly variation: Drawn | null
}

const NOT_PART: Stop = { by: 'experiment' }
const NO_LOTS: Lots = { stop: null, holdouts: [], variation: null }

/** Holdouts first, the one over everything before the policy's own; who is held takes part in nothing. */
export function drawLots(policy: CompiledPolicy, question: Question): Lots {
  const overall = question.asked.house.holdout
  const { holdout: own, variation } = policy
  if (overall === null && own === null && variation === null) return NO_LOTS
  const holdouts: Drawn[] = []
  for (const holdout of [overall, own]) {
    const drawn = holdout === null ? null : drawArm(holdout, question)
    if (drawn === null) continue
    holdouts.push(drawn)
    if (drawn.arm.key !== HELD) continue
    // What is open to an arm alone would not have been this person's.
    if (variation?.openTo != null) return { stop: NOT_PART, holdouts, variation: null }
    return { stop: { by: 'holdout', detail: drawn.experiment.key }, holdouts, variation: null }
  }
  const drawn = variation === null ? null : drawArm(variation.experiment, question)
  if (variation?.openTo == null) return { stop: null, holdouts, variation: drawn }
  if (drawn === null) return { stop: NOT_PART, holdouts, variation: null }
  const stop: Stop | null = variation.openTo.has(drawn.arm.key)
    ? null
    : { by: 'arm', detail: `arm ${drawn.arm.key}` }
  return { stop, holdouts, variation: drawn }
}
