/** People who are shown decisions and reach goals: in any order, in any commits, on profiles that merge. */
import fc from 'fast-check'
import type { GoalConfig } from '../../worker/contract/goal.ts'
import type { JsonObject } from '../../worker/contract/message.ts'
import type { TallyRow } from '../../worker/core/experiment/tally.ts'
import type { Learned } from '../../worker/core/learning/learn.ts'
import type { Reward } from '../../worker/core/learning/rewards.ts'
import { learningRules, type LearningRules } from '../../worker/core/learning/rules.ts'
import { fold, mergeProfiles } from '../../worker/core/profile/fold.ts'
import type { Profile } from '../../worker/core/profile/profile.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { blank, rules as rulesOf } from './people.ts'
import { UTC_SETTING } from './setting.ts'

export const numRuns = Number(process.env['TSUGI_RUNS'] ?? 300)
export const START_MS = Date.UTC(2026, 0, 1)
export const HOUR_MS = 3_600_000

export const order: GoalConfig = {
  key: 'order',
  name: 'Order',
  event: 'Order Completed',
  businessKey: 'order_id',
  value: { property: 'revenue', currency: 'JPY', currencyProperty: 'currency' },
  refund: { event: 'Order Refunded' },
  window: '10h',
  after: 'impression',
}
export const lead: GoalConfig = {
  key: 'lead',
  name: 'Lead',
  event: 'Lead',
  window: '5h',
  after: 'click',
}
const click: GoalConfig = {
  key: 'click',
  name: 'Click',
  event: '$click',
  window: '2h',
  after: 'impression',
}
const goals = [order, lead, click]
const roomy: LearningRules = {
  ...learningRules(goals, [{ experiment: 'banner', arms: ['a', 'b'] }], UTC_SETTING),
  keptExposures: 1000,
}
const withKept = (rules: LearningRules, exposures: number, hits: number): LearningRules => {
  const goalOf = new Map(rules.goals.map((goal) => [goal.key, { ...goal, kept: hits }]))
  const kept = ({ key }: { readonly key: string }) => goalOf.get(key)!
  return {
    keptExposures: exposures,
    goals: rules.goals.map(kept),
    readers: new Map(
      [...rules.readers].map(([name, readers]) => [
        name,
        readers.map((reader) => ({ ...reader, goal: kept(reader.goal) })),
      ]),
    ),
    experiments: new Map(
      [...rules.experiments].map(([id, trial]) => [id, { ...trial, goals: trial.goals.map(kept) }]),
    ),
  }
}
export const ROOMY = withKept(roomy, 1000, 1000)
export const TIGHT = withKept(roomy, 3, 2)

const base = {
  source: 's',
  profileId: 'p',
  epoch: 1,
  originalTimestampMs: null,
  sentAtMs: null,
  receivedAtMs: START_MS,
}
export const track = (
  messageId: string,
  event: string,
  hours: number,
  properties: JsonObject,
): EventRecord => ({
  ...base,
  type: 'track',
  messageId,
  event,
  // No two at one moment, so that the oracle below can be simple.
  timestampMs: START_MS + Math.round(hours * HOUR_MS) + Number(messageId.replaceAll(/\D/g, '')),
  properties,
})

export const exposed = (
  kind: 'impression' | 'click',
  decision: number,
  hours: number,
): EventRecord =>
  track(`${kind}:${decision}`, `$${kind}`, hours, {
    exposure: `decision-${decision}`,
    atMs: START_MS + decision,
    policy: 'banner',
    arm: decision % 5 === 0 ? 'b' : 'a',
    action: 'x',
    propensity: 0.5,
    epoch: 1,
  })

export interface Event {
  readonly kind: 'seen' | 'clicked' | 'order' | 'again' | 'refund' | 'lead'
  readonly hours: number
  readonly which: number
}
const event = fc.record({
  kind: fc.constantFrom('seen', 'seen', 'clicked', 'order', 'again', 'refund', 'lead'),
  hours: fc.integer({ min: 0, max: 30 }),
  which: fc.integer({ min: 1, max: 6 }),
}) as fc.Arbitrary<Event>

/** As production has it: a decision is seen once and clicked once; the rest may come again. */
export function recordsOf(events: readonly Event[]): EventRecord[] {
  const records = events.map(({ kind, hours, which }, i): EventRecord => {
    const id = `m${i + 1}`
    if (kind === 'seen') return exposed('impression', which, hours)
    if (kind === 'clicked') return exposed('click', which, hours)
    if (kind === 'lead') return track(id, 'Lead', hours, {})
    const money = { order_id: `o${which}`, revenue: which * 100 }
    return kind === 'refund'
      ? track(id, 'Order Refunded', hours, { ...money, revenue: which })
      : track(id, 'Order Completed', hours, money)
  })
  return [...new Map(records.map((record) => [record.messageId, record])).values()]
}

/** In which order, in which commits, on which of three profiles, and who merges with whom first. */
export const arrival = (maxLength: number) =>
  fc.record({
    events: fc.array(event, { maxLength, size: 'max' }),
    seed: fc.infiniteStream(fc.nat(1_000_000)),
  })

export type Told = {
  readonly rewards: Reward[]
  readonly log: TallyRow[]
  readonly person: Profile
}
export type Step = (profile: Profile) => Profile

export function live(
  records: readonly EventRecord[],
  learning: LearningRules,
  next: () => number,
  after: Step = (p) => p,
  heard: 'all' | 'folds' = 'all',
): Told {
  const rules = rulesOf({ learning })
  const rewards: Reward[] = []
  const log: TallyRow[] = []
  const told = (learned: Learned): void => {
    rewards.push(...learned.rewards)
    log.push(...learned.change)
  }
  const shuffled = records.map((record) => [next(), record] as const).sort(([a], [b]) => a - b)
  const people = [blank('1'), blank('2'), blank('3')]
  let pending: EventRecord[] = []
  const commit = (): void => {
    const who = next() % people.length
    people[who] = after(fold(people[who]!, pending, rules, told))
    pending = []
  }
  for (const [, record] of shuffled) {
    pending.push(record)
    if (next() % 3 > 0) commit()
    if (people.length > 1 && next() % 15 === 0) join()
  }
  function join(): void {
    const [a, b] = [people.shift()!, people.shift()!]
    people.push(after(mergeProfiles(a, b, rules, heard === 'all' ? told : undefined)))
  }
  commit()
  while (people.length > 1) join()
  return { rewards, log, person: people[0]! }
}

export const orderOf = (properties: JsonObject | undefined): string =>
  properties?.['order_id'] as string

export const nexter = (stream: fc.Stream<number>) => () => stream.next().value as number
