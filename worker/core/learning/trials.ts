/** Which arms of experiments a person met, and what the log says of them there. */
import {
  NO_OUTCOME,
  addOutcomes,
  outcomeOf,
  subtractOutcomes,
  type Outcome,
} from '../experiment/outcome.ts'
import type { Part } from '../experiment/tally.ts'
import type { CompiledGoal } from '../goal/goal.ts'
import { digest } from '../hash.ts'
import type { Hits } from './hits.ts'
import type { CompiledTrial, LearningRules } from './rules.ts'
import type { Learning, TrialEntry } from './section.ts'

type Trials = Learning['trials']
type Counted = Learning['counted']

/** An exposure as a trial of one. */
export const trialEntry = (arm: string, timestampMs: number, messageDigest: string): TrialEntry => [
  timestampMs,
  messageDigest,
  digest(arm),
  0,
]

function uniteEntries(a: TrialEntry, b: TrialEntry): TrialEntry {
  const [first] = a[0] < b[0] || (a[0] === b[0] && a[1] <= b[1]) ? [a] : [b]
  const crossed = a[3] === 1 || b[3] === 1 || a[2] !== b[2] ? 1 : 0
  return [first[0], first[1], first[2], crossed]
}

export function uniteTrials(all: readonly Trials[]): Record<string, TrialEntry> {
  const union: Record<string, TrialEntry> = {}
  for (const [id, entry] of all.flatMap((trials) => Object.entries(trials))) {
    const standing = union[id]
    union[id] = standing === undefined ? entry : uniteEntries(standing, entry)
  }
  return union
}

const own = <T>(map: { readonly [key: string]: T }, key: string): T | undefined =>
  Object.hasOwn(map, key) ? map[key] : undefined

function unpack(entry: readonly (number | string)[] | undefined): Outcome {
  if (entry === undefined) return NO_OUTCOME
  const micro: Record<string, number> = {}
  for (let i = 1; i < entry.length; i += 2) micro[entry[i] as string] = entry[i + 1] as number
  return { conversions: entry[0] as number, micro }
}

const pack = ({ conversions, micro }: Outcome): (number | string)[] => [
  conversions,
  ...Object.entries(micro)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flat(),
]

/** What a trial's goals came to by the hits that are kept. */
export interface Seen {
  readonly trials: Trials
  readonly hitsOf: (goal: CompiledGoal) => Hits
}

const live = ({ trials, hitsOf }: Seen, trial: CompiledTrial, goal: CompiledGoal): Outcome => {
  const entry = own(trials, trial.id)
  return entry === undefined ? NO_OUTCOME : outcomeOf(hitsOf(goal).hits, entry[0], goal.windowMs)
}

/**
 * What the log will say. Where nothing can be the same twice it is what it said,
 * and by how much the kept hits now tell more or less: old hits that made room
 * stay counted. Where something can, such as an order's number, it is what the
 * hits that are kept tell, as long as none later than the first exposure was
 * forgotten. From then on an order could be one that is counted already, and of
 * people who merge the two could have counted the same: it is what the one of
 * them with most is counted with, and no more.
 */
export function countedAfter(
  before: readonly (Seen & { readonly counted: Counted })[],
  after: Seen,
  { experiments }: LearningRules,
): Counted {
  const counted: Record<string, readonly (number | string)[]> = {}
  for (const trial of experiments.values()) {
    const entry = own(after.trials, trial.id)
    if (entry === undefined) continue
    for (const goal of trial.goals) {
      const key = `${trial.id}/${goal.id}`
      const said = before.map((seen) => unpack(own(seen.counted, key)))
      const packed = pack(
        !goal.keyed
          ? said.reduce(
              (sum, outcome, i) =>
                addOutcomes(sum, subtractOutcomes(outcome, live(before[i] as Seen, trial, goal))),
              live(after, trial, goal),
            )
          : after.hitsOf(goal).floorMs > entry[0]
            ? said.reduce(greater, NO_OUTCOME)
            : live(after, trial, goal),
      )
      if (packed.some((n) => typeof n === 'number' && n !== 0)) counted[key] = packed
    }
  }
  return counted
}

/** The one with more conversions; among equals any, but always the same one. */
function greater(a: Outcome, b: Outcome): Outcome {
  const more = a.conversions - b.conversions
  if (more !== 0) return more > 0 ? a : b
  return JSON.stringify(pack(a)) > JSON.stringify(pack(b)) ? a : b
}

/** The person in the tallies, as the log has it. */
export function partsOf(
  { trials, counted }: Pick<Learning, 'trials' | 'counted'>,
  { experiments }: LearningRules,
): Part[] {
  return [...experiments.values()].flatMap((trial): Part[] => {
    const entry = own(trials, trial.id)
    const arm = entry === undefined ? undefined : trial.arms.get(entry[2])
    if (entry === undefined || arm === undefined) return []
    return [
      {
        experiment: trial.experiment,
        arm,
        firstMs: entry[0],
        crossed: entry[3] === 1,
        outcomes: Object.fromEntries(
          trial.goals.map((goal) => [goal.key, unpack(own(counted, `${trial.id}/${goal.id}`))]),
        ),
      },
    ]
  })
}
