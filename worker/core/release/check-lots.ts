/** That every decision can be told by its decisionId, which carries the lots that were drawn for it. */
import type { Configuration, PolicyConfig } from '../../contract/config.ts'
import { LONGEST_DECISION_ID } from '../decision/decision-id.ts'
import type { Fault } from '../../contract/problem.ts'

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
  for (const [i, { key, fallback = '' }] of config.placements.entries()) {
    const policies = config.policies.filter(({ placement }) => placement === key)
    const keys = new Set(policies.map((policy) => policy.key))
    const drawn = config.experiments.filter(({ arms }) =>
      arms.some(
        (arm) =>
          arm.policies.some((policy) => keys.has(policy)) ||
          Object.keys(arm.actions).some((policy) => keys.has(policy)),
      ),
    )
    const bytes =
      FRAME_BYTES +
      // It stands in the inner id as well.
      2 * key.length +
      longest([...keys]) +
      longest([fallback, ...policies.flatMap(actionsOf), ...drawn.flatMap(armActions)]) +
      longest([...policies, ...drawn].flatMap(armsOf)) +
      longest(policies.flatMap(({ learned }) => learned?.contexts.map((one) => one.key) ?? [])) +
      drawn.reduce((sum, one) => sum + LOT_BYTES + one.key.length + longest(armsOf(one)), 0) +
      HOLDOUTS_BYTES +
      longest([...keys])
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

const armActions = ({ arms }: Configuration['experiments'][number]): string[] =>
  arms.flatMap(({ actions }) => Object.values(actions).flatMap((action) => action ?? []))

const armsOf = (one: PolicyConfig | Configuration['experiments'][number]): string[] =>
  ('arms' in one ? one.arms : (one.split?.arms ?? [])).map(({ key }) => key)
