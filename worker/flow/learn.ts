/** learn: the next version of what policies learned, where one's time has come. */
import { HOUR_MS } from '../core/experiment/tally.ts'
import { evidenceFrom } from '../core/learning/evidence.ts'
import type { Learner, Model, PolicyModel } from '../core/learning/model.ts'
import type { ChoiceTally, Models, Tallies } from './learning-ports.ts'
import type { Releases } from './ports.ts'

export interface LearnPorts {
  readonly releases: Releases
  readonly tallies: Tallies
  readonly models: Models
  readonly nowMs: () => number
}

export interface Learnt {
  /** `idle`: no policy learns. `fresh`: none is due. `overtaken`: somebody else wrote a version meanwhile. */
  readonly outcome: 'idle' | 'fresh' | 'written' | 'overtaken'
  readonly version: number | null
  readonly policies: number
}

/** With a half-life, what is ten of them old weighs a thousandth. */
const HALF_LIVES = 10
const LONGEST_MS = 366 * 24 * HOUR_MS

export async function learn({ releases, tallies, models, nowMs }: LearnPorts): Promise<Learnt> {
  const learners = (await releases.current())?.learners ?? []
  const none = { version: null, policies: 0 }
  if (learners.length === 0) return { outcome: 'idle', ...none }
  const newest = await models.newest()
  const now = nowMs()
  const due = learners.filter((learner) => isDue(learner, newest, now))
  if (due.length === 0) return { outcome: 'fresh', ...none, version: newest?.version ?? null }
  const rows = await readRows(tallies, due, now)
  const { weightsOf } = await import('../core/learning/model.ts')
  const written = await models.write(
    newest?.version ?? 0,
    (version): Model => {
      const built = due.map((learner): [string, PolicyModel] => {
        const sinceHour = sinceOf(learner, newest, now)
        const own = rows.filter(
          ({ policy, hour }) => policy === learner.policy && hour >= sinceHour,
        )
        return [
          learner.policy,
          {
            version,
            builtMs: now,
            goal: learner.goal,
            sinceHour,
            ...weightsOf(learner, evidenceFrom(learner, own, now)),
          },
        ]
      })
      const kept = learners.flatMap(({ policy }): [string, PolicyModel][] => {
        const before = newest === null ? undefined : ownOf(newest, policy)
        return before === undefined ? [] : [[policy, before]]
      })
      return { version, policies: Object.fromEntries([...kept, ...built]) }
    },
    now,
  )
  return written === null
    ? { outcome: 'overtaken', ...none }
    : { outcome: 'written', version: written.version, policies: due.length }
}

const ownOf = ({ policies }: Model, policy: string): PolicyModel | undefined =>
  Object.hasOwn(policies, policy) ? policies[policy] : undefined

function isDue(
  { policy, goal, refreshMs, actions, leaves }: Learner,
  newest: Model | null,
  now: number,
) {
  const model = newest === null ? undefined : ownOf(newest, policy)
  if (model === undefined || model.goal !== goal) return true
  if (now >= model.builtMs + refreshMs) return true
  // What may be chosen, or whom it tells apart, is not what it was.
  const weights = Object.values(model.leaves)[0] ?? {}
  return !(same(Object.keys(model.leaves), leaves) && same(Object.keys(weights), actions))
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.toSorted().join('\n') === b.toSorted().join('\n')

/** Exposures from before the goal was looked for would all be failures: counted from the next full hour on. */
function sinceOf({ policy, goal }: Learner, newest: Model | null, now: number): number {
  const model = newest === null ? undefined : ownOf(newest, policy)
  return model?.goal === goal ? model.sinceHour : Math.ceil(now / HOUR_MS)
}

async function readRows(
  tallies: Tallies,
  due: readonly Learner[],
  now: number,
): Promise<readonly ChoiceTally[]> {
  const longestMs = Math.max(
    ...due.map(({ halfLifeMs }) => Math.min(LONGEST_MS, HALF_LIVES * halfLifeMs)),
  )
  const patienceMs = Math.max(...due.map((learner) => learner.patienceMs))
  return tallies.choices(
    due.map(({ policy }) => policy),
    Math.floor((now - longestMs) / HOUR_MS),
    // Whole days lie behind everybody's patience.
    Math.floor((now - patienceMs) / HOUR_MS / 24) * 24 - 48,
  )
}
