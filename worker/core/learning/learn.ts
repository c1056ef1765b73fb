/** The join of exposures and goals: what folds and merges make of it, and what they have to tell. */
import { changeOf, type TallyRow } from '../experiment/tally.ts'
import type { CompiledGoal } from '../goal/goal.ts'
import type { Hit } from '../goal/hit.ts'
import type { EventRecord } from '../record.ts'
import { recordReader } from '../profile/recent.ts'
import { armsMet, exposureEntry, uniteExposures } from './exposure.ts'
import { NO_HITS, packHits, trimHits, uniteHits, unpackHits, type Hits } from './hits.ts'
import { KEPT_TOLD, newRewards, type Reward } from './rewards.ts'
import type { LearningRules } from './rules.ts'
import { NOTHING_LEARNED, type ExposureEntry, type Learning, type TrialEntry } from './section.ts'
import { countedAfter, partsOf, trialEntry, uniteTrials } from './trials.ts'
import { digest as digestOf } from '../hash.ts'

export interface Learned {
  readonly rewards: readonly Reward[]
  /** How the tallies of experiments change. */
  readonly change: readonly TallyRow[]
}

interface Person {
  readonly exposures: readonly ExposureEntry[]
  readonly hits: ReadonlyMap<string, Hits>
  readonly trials: Learning['trials']
  readonly counted: Learning['counted']
  readonly told: readonly string[]
}

/** What records bring that nobody had; null where they bring nothing. */
export function freshOf(
  records: readonly {
    readonly record: EventRecord
    readonly digest: string
    readonly name: string
  }[],
  rules: LearningRules,
): Person | null {
  const exposures: ExposureEntry[] = []
  const hits = new Map<string, Hit[]>()
  const trials: Record<string, TrialEntry>[] = []
  for (const { record, digest, name } of records) {
    const { properties = {}, timestampMs } = record
    if (name === '$impression' || name === '$click') {
      const kind = name === '$click' ? 'click' : 'impression'
      const entry = rules.keptExposures === 0 ? null : exposureEntry(properties, kind, timestampMs)
      if (entry !== null) exposures.push(entry)
      for (const { experiment, arm } of kind === 'impression' ? armsMet(properties) : []) {
        const id = digestOf(experiment)
        if (rules.experiments.has(id)) trials.push({ [id]: trialEntry(arm, timestampMs, digest) })
      }
    }
    for (const { goal, read } of rules.readers.get(name) ?? []) {
      const hit = read({ read: recordReader(record), timestampMs, digest })
      if (hit !== null) hits.set(goal.id, [...(hits.get(goal.id) ?? []), hit])
    }
  }
  if (exposures.length === 0 && hits.size === 0 && trials.length === 0) return null
  return {
    exposures,
    hits: new Map([...hits].map(([id, list]) => [id, { floorMs: 0, hits: list }])),
    trials: uniteTrials(trials),
    counted: {},
    told: [],
  }
}

const unpackPerson = ({ exposures, hits, trials, counted, told = [] }: Learning): Person => ({
  exposures,
  hits: new Map(Object.entries(hits).map(([id, list]) => [id, unpackHits(list)])),
  trials,
  counted,
  told,
})

const hitsIn =
  ({ hits }: Person) =>
  ({ id }: CompiledGoal): Hits =>
    hits.get(id) ?? NO_HITS

/**
 * Puts people and news together.
 * @param before whose log is behind them: one for a fold, two for a merge
 * @param told hears what is new; nothing is computed for it where nobody listens
 */
export function learn(
  before: readonly (Learning | undefined)[],
  fresh: Person | null,
  rules: LearningRules,
  told?: (learned: Learned) => void,
): Learning | undefined {
  const known = before.map((learning) => unpackPerson(learning ?? NOTHING_LEARNED))
  const parts = fresh === null ? known : [...known, fresh]
  const ids = new Set(parts.flatMap(({ hits }) => [...hits.keys()]))
  const union = {
    exposures: uniteExposures(parts.map(({ exposures }) => exposures)),
    hits: new Map(
      [...ids].map((id) => [id, uniteHits(parts.flatMap(({ hits }) => hits.get(id) ?? []))]),
    ),
    trials: uniteTrials(parts.map(({ trials }) => trials)),
    counted: {},
    told: parts.flatMap(({ told }) => told),
  }
  const seen = (person: Person) => ({ ...person, hitsOf: hitsIn(person) })
  const counted = countedAfter(known.map(seen), seen(union), rules)
  const rewarded = told === undefined ? null : newRewards(known.map(seen), seen(union), rules.goals)
  if (told !== undefined && rewarded !== null) {
    const { rewards } = rewarded
    const change = changeOf(
      known.flatMap((person) => partsOf(person, rules)),
      partsOf({ trials: union.trials, counted }, rules),
    )
    if (rewards.length > 0 || change.length > 0) told({ rewards, change })
  }
  return settle({ ...union, counted, told: rewarded?.told ?? union.told }, rules)
}

/** How the tallies change when one person turns out to be several. */
export const parted = (
  before: Learning | undefined,
  after: readonly (Learning | undefined)[],
  rules: LearningRules,
): readonly TallyRow[] =>
  changeOf(
    partsOf(before ?? NOTHING_LEARNED, rules),
    after.flatMap((learning) => partsOf(learning ?? NOTHING_LEARNED, rules)),
  )

/** Only what the release asks for, and no more of it than is kept. */
function settle({ exposures, hits, trials, counted, told }: Person, rules: LearningRules) {
  const kept = rules.keptExposures === 0 ? [] : exposures.slice(-rules.keptExposures)
  const stillTold = told.filter((key) => kept.some(([, id]) => key.startsWith(`${id}/`)))
  const learning: Learning = {
    exposures: kept,
    hits: Object.fromEntries(
      rules.goals.flatMap(({ id, kept }) => {
        const list = hits.get(id)
        return list === undefined ? [] : [[id, packHits(trimHits(list, kept))]]
      }),
    ),
    trials: Object.fromEntries(Object.entries(trials).filter(([id]) => rules.experiments.has(id))),
    counted,
    ...(stillTold.length === 0 ? {} : { told: stillTold.slice(-KEPT_TOLD) }),
  }
  const isEmpty =
    learning.exposures.length === 0 &&
    Object.keys(learning.hits).length === 0 &&
    Object.keys(learning.trials).length === 0
  return isEmpty ? undefined : learning
}
