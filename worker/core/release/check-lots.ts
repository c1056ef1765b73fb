/** That every decision can be told by its decisionId, which carries the lots that were drawn for it. */
import type { Configuration, ExperimentConfig, PolicyConfig } from '../../contract/config.ts'
import { LONGEST_DECISION_ID } from '../decision/decision-id.ts'
import type { Fault } from '../../contract/problem.ts'
import { registerOf } from './register.ts'

/** Nonce, tag and the mark of the version; four characters stand for three bytes. */
const SEAL_BYTES = 28
const VERSION_CHARS = 2
const sealedChars = (bytes: number): number =>
  VERSION_CHARS + Math.ceil(((bytes + SEAL_BYTES) * 4) / 3)

/** A client's requestId, a digest, numbers at their longest, commas and quotes; all keys are ASCII. */
const FRAME_BYTES = 360
/** "key":"arm", */
const LOT_BYTES = 6

const longest = (words: readonly string[]): number =>
  words.reduce((most, { length }) => Math.max(most, length), 0)

/** Experiments of every policy of a placement may have been drawn before one shows something, and two holdouts. */
export function* lots(config: Configuration): Generator<Fault> {
  const { policiesAt, experimentsOf } = registerOf(config)
  const lotOf = new Map(
    config.experiments.map((experiment) => [experiment, longestLot(experiment)]),
  )
  for (const [i, { key, fallback = '' }] of config.placements.entries()) {
    const policies = policiesAt.get(key) ?? []
    const keys = policies.map((policy) => policy.key)
    const experiments = new Set(keys.flatMap((policy) => [...(experimentsOf.get(policy) ?? [])]))
    const drawn = [...experiments].flatMap((experiment) => lotOf.get(experiment) ?? [])
    const most = (chars: readonly number[]): number => chars.reduce((a, b) => Math.max(a, b), 0)
    const bytes =
      FRAME_BYTES +
      // It stands in the inner id as well.
      2 * key.length +
      longest(keys) +
      Math.max(
        longest([fallback, ...policies.flatMap(actionsOf)]),
        most(drawn.map(({ action }) => action)),
      ) +
      Math.max(longest(policies.flatMap(armsOf)), most(drawn.map(({ arm }) => arm))) +
      longest(policies.flatMap(({ learned }) => learned?.contexts.map((one) => one.key) ?? [])) +
      drawn.reduce((sum, { key, arm }) => sum + LOT_BYTES + key + arm, 0) +
      HOLDOUTS_BYTES +
      longest(keys)
    const chars = sealedChars(bytes)
    if (chars <= LONGEST_DECISION_ID) continue
    yield {
      path: `placements[${i}]`,
      wrong: `its policies are in ${drawn.length} experiments, whose keys and arms make decisionIds of up to ${chars} characters`,
      allowed: `${LONGEST_DECISION_ID}: shorter keys, or fewer experiments at a time`,
    }
  }
}

/** "$holdout":"open","$holdout:":"open", and the policy's key in it. */
const HOLDOUTS_BYTES = 40

const actionsOf = ({ candidates = [], split }: PolicyConfig): string[] => [
  ...candidates.map(({ action }) => action),
  ...(split?.arms ?? []).flatMap(({ action }) => action ?? []),
]

const armsOf = ({ split }: PolicyConfig): string[] => (split?.arms ?? []).map(({ key }) => key)

/** Of an experiment, in characters: an experiment may be in every placement, and is looked through once. */
const longestLot = ({ key, arms }: ExperimentConfig) => ({
  key: key.length,
  arm: longest(arms.map((arm) => arm.key)),
  action: longest(
    arms.flatMap(({ actions }) => Object.values(actions).flatMap((action) => action ?? [])),
  ),
})
