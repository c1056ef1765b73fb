/** A model of rewards for the doubly robust estimate: means, each half of the people by the other's. */
import type { LoggedDecision, TargetPolicy } from './off-policy.ts'

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
  const known = [new Map<string, number>(), new Map<string, number>()]
  const expectedIn = (half: number, context: string): number => {
    const own = known[half] as Map<string, number>
    const standing = own.get(context)
    if (standing !== undefined) return standing
    const expected = Object.entries(target(context)).reduce(
      (sum, [action, share]) => sum + share * (models[half] as RewardModel)(context, action),
      0,
    )
    own.set(context, expected)
    return expected
  }
  return log.map(({ context, action }, i) => ({
    expected: expectedIn(halfOf(i), context),
    own: (models[halfOf(i)] as RewardModel)(context, action),
  }))
}

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
