/** Caps as decisions ask them, and what profiles must count for their sake. */
import type { CapConfig } from '../../contract/cap.ts'
import type { PropertyCondition } from '../../contract/condition.ts'
import type { ActionConfig, Configuration, PolicyConfig } from '../../contract/config.ts'
import type { GoalConfig } from '../../contract/goal.ts'
import { DAY_MS, HOUR_MS } from '../calendar/units.ts'
import type { CalendarUnit } from '../../contract/cap.ts'
import type { Setting } from '../condition/scope.ts'
import { compileEventFilter } from '../condition/where.ts'
import type { CapSubject, CapWindow, CompiledCap } from '../decision/plan.ts'
import type { ConversionRule, Counting } from '../profile/counting.ts'
import type { CounterNeed } from '../profile/exposures.ts'
import { packedId } from '../profile/packed.ts'
import { durationMs } from '../time.ts'

/** The longest a unit can be: a day or more may have an hour too many. */
const LONGEST_UNIT_MS: Readonly<Record<CalendarUnit, number>> = {
  hour: HOUR_MS,
  day: DAY_MS + HOUR_MS,
  week: 7 * DAY_MS + HOUR_MS,
  month: 31 * DAY_MS + HOUR_MS,
}
/** Sessions have no end of their own; no cap looks further back than this. */
export const SESSION_MS = DAY_MS

type StopAfter = NonNullable<ActionConfig['stopAfter']>
/** The event itself, also where a goal names it. */
interface Conversion {
  readonly event: string
  readonly where?: PropertyCondition | undefined
  readonly for?: string | undefined
}
type Subject = readonly [subject: CapSubject, key: string]

function windowOf(per: NonNullable<CapConfig['per']>): CapWindow {
  switch (per) {
    case 'lifetime':
      return { kind: 'ever' }
    case 'session':
      return { kind: 'session' }
    case 'hour':
    case 'day':
    case 'week':
    case 'month':
      return { kind: 'calendar', unit: per }
    default:
      return { kind: 'rolling', ms: durationMs(per) }
  }
}

function compileCap(cap: CapConfig, [subject, key]: Subject): CompiledCap {
  const { of, max = 1, per, notAgainWithin } = cap
  const name = key === '' ? `${of}:${subject}` : `${of}:${subject}:${key}`
  return {
    of,
    subject,
    key,
    name,
    counter: packedId(name),
    max,
    window: windowOf(per ?? notAgainWithin ?? 'lifetime'),
  }
}

/** Ending after a conversion is a cap of one on the event. */
function compileStop(stop: Conversion, [subject, key]: Subject): CompiledCap {
  const name = conversionName(stop)
  return {
    of: 'conversion',
    subject,
    key,
    name,
    counter: packedId(name),
    max: 1,
    window: stop.for === undefined ? { kind: 'ever' } : windowOf(stop.for),
  }
}

/** Equal conversions are counted once, whoever asks. */
const conversionName = ({ event, where }: Conversion): string =>
  `conversion:${JSON.stringify([event, where ?? null])}`

function conversionOf({ goal, event, where, for: last }: StopAfter, goals: Goals): Conversion {
  if (event !== undefined) return { event, where, for: last }
  const meant = goals.get(goal ?? '')
  // Weighed before every reference was found to lead somewhere: no event is called so.
  return { event: meant?.event ?? '', where: meant?.where, for: last }
}

type Goals = ReadonlyMap<string, GoalConfig>
const goalsOf = ({ goals }: Configuration): Goals => new Map(goals.map((goal) => [goal.key, goal]))

interface Capped {
  readonly caps: readonly CapConfig[]
  readonly stopAfter?: StopAfter | undefined
}

/** Every cap of a release, found by what it is on. */
export interface CapBook {
  readonly ofAction: (action: ActionConfig) => readonly CompiledCap[]
  readonly ofPolicy: (policy: PolicyConfig) => readonly CompiledCap[]
  readonly ofPlacement: (placement: Configuration['placements'][number]) => readonly CompiledCap[]
}

export function capBook(config: Configuration): CapBook {
  const campaigns = new Map(config.campaigns.map((campaign) => [campaign.key, campaign]))
  const tags = new Map(config.tags.map((tag) => [tag.key, tag]))
  const goals = goalsOf(config)
  const capsOf = ({ caps, stopAfter }: Capped, subject: Subject): CompiledCap[] => [
    ...caps.map((cap) => compileCap(cap, subject)),
    ...(stopAfter === undefined ? [] : [compileStop(conversionOf(stopAfter, goals), subject)]),
  ]
  const ofCampaign = (key: string | undefined): CompiledCap[] => {
    const campaign = key === undefined ? undefined : campaigns.get(key)
    return campaign === undefined ? [] : capsOf(campaign, ['campaign', campaign.key])
  }
  return {
    ofAction: (action) => [
      ...capsOf(action, ['action', action.key]),
      ...action.tags.flatMap((key) => {
        const tag = tags.get(key)
        return tag === undefined ? [] : capsOf(tag, ['tag', key])
      }),
      ...ofCampaign(action.campaign),
    ],
    ofPolicy: (policy) => [
      ...capsOf(policy, ['policy', policy.key]),
      ...ofCampaign(policy.campaign),
    ],
    ofPlacement: (placement) => [
      ...capsOf(placement, ['placement', placement.key]),
      ...config.workspace.caps.flatMap(({ channel, ...cap }) => {
        if (channel === undefined) return [compileCap(cap, ['everything', ''])]
        return channel === placement.channel ? [compileCap(cap, ['channel', channel])] : []
      }),
    ],
  }
}

/** What profiles count, and for which exposures and events. */
export function countingOf(config: Configuration, setting: Setting): Counting {
  const needs = new Map<string, CounterNeed>()
  const counters = new Map<string, string[]>()
  for (const [subject, key, caps] of cappedThings(config)) {
    for (const cap of caps) {
      needs.set(cap.counter, widened(needs.get(cap.counter), cap))
      if (cap.of === 'conversion') continue
      const name = `${cap.of}:${subject}:${key}`
      const ids = counters.get(name)
      if (ids === undefined) counters.set(name, [cap.counter])
      else if (!ids.includes(cap.counter)) ids.push(cap.counter)
    }
  }
  return { needs, counters, conversions: conversionsOf(config, setting) }
}

type CappedThing = readonly ['action' | 'policy' | 'placement', string, readonly CompiledCap[]]

function* cappedThings(config: Configuration): Generator<CappedThing> {
  const book = capBook(config)
  for (const action of config.actions) yield ['action', action.key, book.ofAction(action)]
  for (const policy of config.policies) yield ['policy', policy.key, book.ofPolicy(policy)]
  for (const placement of config.placements) {
    yield ['placement', placement.key, book.ofPlacement(placement)]
  }
}

/** Every cap of a release. */
export const allCaps = (config: Configuration): CompiledCap[] =>
  [...cappedThings(config)].flatMap(([, , caps]) => caps)

function conversionsOf(config: Configuration, setting: Setting): Counting['conversions'] {
  const goals = goalsOf(config)
  const conversions = new Map<string, ConversionRule[]>()
  const seen = new Set<string>()
  for (const { stopAfter } of [...config.actions, ...config.policies, ...config.campaigns]) {
    if (stopAfter === undefined) continue
    const conversion = conversionOf(stopAfter, goals)
    const id = packedId(conversionName(conversion))
    if (seen.has(id)) continue
    seen.add(id)
    const { event, where } = conversion
    const matches = where === undefined ? null : compileEventFilter(where, setting)
    conversions.set(event, [...(conversions.get(event) ?? []), { id, matches }])
  }
  return conversions
}

function widened(need: CounterNeed | undefined, { window, max }: CompiledCap): CounterNeed {
  const { windowMs, newest, ever } = need ?? { windowMs: 0, newest: 0, ever: false }
  if (window.kind === 'ever') return { windowMs, newest, ever: true }
  return {
    windowMs: Math.max(windowMs, lengthMs(window)),
    newest: Math.max(newest, max),
    ever,
  }
}

function lengthMs(window: Exclude<CapWindow, { kind: 'ever' }>): number {
  switch (window.kind) {
    case 'rolling':
      return window.ms
    case 'session':
      return SESSION_MS
    case 'calendar':
      return LONGEST_UNIT_MS[window.unit]
  }
}
