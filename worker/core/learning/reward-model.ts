/** A model of rewards for the doubly robust estimate: means, each half of the people by the other's. */
import type { LoggedDecision, TargetPolicy } from './off-policy.ts'
import { perSituation, type OfSituation } from './per-situation.ts'

/** The reward to be expected. */
export type RewardModel = (context: string, action: string) => number

export interface Direct {
  /** Of the target policy, by the model. */
  readonly expected: number
  /** Of the action that was taken. */
  readonly own: number
}

/**
 * A model that knew its own rewards would explain them away, and so would one
 * that knew the person's.
 * @param people number of the person of each decision
 * @param model instead of means
 */
export function crossFitted(
  log: readonly LoggedDecision[],
  people: readonly number[],
  target: TargetPolicy,
  model?: RewardModel,
): Direct[] {
  const halfOf = (i: number): number => (people[i] as number) % 2
  const models = [1, 0].map((other) => model ?? meansOf(log.filter((_, i) => halfOf(i) === other)))
  const expectedOf = models.map((rewardOf) => perSituation(expectation(target, rewardOf)))
  return log.map(({ context, action, candidates }, i) => ({
    expected: (expectedOf[halfOf(i)] as OfSituation<number>)(context, candidates),
    own: (models[halfOf(i)] as RewardModel)(context, action),
  }))
}

const expectation =
  (target: TargetPolicy, rewardOf: RewardModel): OfSituation<number> =>
  (context, candidates) =>
    Object.entries(target(context, candidates)).reduce(
      (sum, [action, share]) => sum + share * rewardOf(context, action),
      0,
    )

/** The mean of context and action, else of the action, else of all. */
function meansOf(log: readonly LoggedDecision[]): RewardModel {
  const sums = new Map<string, { n: number; sum: number }>()
  const add = (key: string, reward: number): void => {
    const entry = sums.get(key) ?? { n: 0, sum: 0 }
    entry.n++
    entry.sum += reward
    sums.set(key, entry)
  }
  const keys = (context: string, action: string): string[] => [
    JSON.stringify([context, action]),
    JSON.stringify([action]),
    '',
  ]
  for (const { context, action, reward } of log) {
    for (const key of keys(context, action)) add(key, reward)
  }
  return (context, action) => {
    for (const key of keys(context, action)) {
      const entry = sums.get(key)
      if (entry !== undefined) return entry.sum / entry.n
    }
    return 0
  }
}
