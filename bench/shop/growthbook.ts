/**
 * The same rules for GrowthBook's SDK: a placement is a feature, each policy a
 * rule of it in order of priority, its audience written out. What GrowthBook
 * has no words for (events in a window, exposures) it gets counted beforehand.
 */
import { GrowthBookClient, type ConditionInterface } from '@growthbook/growthbook'
import type { Condition, Operators } from '../../worker/contract/condition.ts'
import type { Configuration } from '../../worker/contract/config.ts'
import type { JsonObject } from '../../worker/contract/message.ts'
import { readExposures } from '../../worker/core/profile/exposures.ts'
import { isAll, isAny, isNot } from '../../worker/core/condition/tree.ts'
import type { Profile } from '../../worker/core/profile/profile.ts'
import { CAP_WINDOW_MS, WINDOW_MS } from './words.ts'

type Part = Record<string, unknown>

export function growthBookOf(config: Configuration): GrowthBookClient {
  const segments = new Map(config.segments.map(({ key, when }) => [key, when]))
  const actions = new Map(config.actions.map((action) => [action.key, action]))
  const features = Object.fromEntries(
    config.placements.map(({ key, fallback }) => {
      const policies = config.policies
        .filter((policy) => policy.placement === key)
        .sort((a, b) => b.priority - a.priority)
      const rules = policies.map(({ audience, candidates }) => {
        const action = actions.get(candidates?.[0]?.action ?? '')
        if (audience === undefined || action === undefined || candidates?.length !== 1) {
          throw new Error('not a policy of the benchmark')
        }
        const parts = [translate(audience, segments)]
        if (action.when !== undefined) parts.push(translate(action.when, segments))
        for (const { max } of action.caps) parts.push({ [`shown.${action.key}`]: { $lt: max } })
        return { condition: joined(parts) as ConditionInterface, force: action.key }
      })
      return [key, { defaultValue: fallback ?? null, rules }]
    }),
  )
  return new GrowthBookClient().initSync({ payload: { features } })
}

/** A feature for each action, on for whom it is open; and one for each segment named. */
export function actionFeaturesOf(
  config: Configuration,
  segmentsNamed: readonly string[],
): GrowthBookClient {
  const segments = new Map(config.segments.map(({ key, when }) => [key, when]))
  const feature = (parts: readonly Part[]) => ({
    defaultValue: false,
    rules: [{ condition: joined(parts) as ConditionInterface, force: true }],
  })
  const features = Object.fromEntries([
    ...config.actions.map(({ key, when, caps }) => [
      key,
      feature([
        ...(when === undefined ? [] : [translate(when, segments)]),
        ...caps.map(({ max }) => ({ [`shown.${key}`]: { $lt: max } })),
      ]),
    ]),
    ...segmentsNamed.map((key) => [
      key,
      feature([translate(segments.get(key) as Condition, segments)]),
    ]),
  ])
  return new GrowthBookClient().initSync({ payload: { features } })
}

/** One object where no key stands twice: the SDK walks it faster than a $and. */
function joined(parts: readonly Part[]): Part {
  const keys = parts.flatMap((part) => Object.keys(part))
  return new Set(keys).size === keys.length ? Object.assign({}, ...parts) : { $and: parts }
}

function translate(condition: Condition, segments: ReadonlyMap<string, Condition>): Part {
  const inner = (part: Condition): Part => translate(part, segments)
  if (isAll(condition)) return joined(condition.all.map(inner))
  if (isAny(condition)) return { $or: condition.any.map(inner) }
  if (isNot(condition)) return { $not: inner(condition.not) }
  if ('segment' in condition) return inner(segments.get(condition.segment) as Condition)
  if ('event' in condition) {
    return { [`events.${condition.event}`]: { $gte: condition.count?.gte ?? 1 } }
  }
  if ('trait' in condition) return { [condition.trait]: test(condition) }
  if ('context' in condition) return { [`context.${condition.context}`]: test(condition) }
  throw new Error('not a condition of the benchmark')
}

/** A bare value is the SDK's fastest comparison. */
function test({ eq, in: among, lt, gte }: Operators): unknown {
  if (eq !== undefined) return eq
  if (among !== undefined) return { $in: among }
  if (lt !== undefined) return { $lt: lt }
  if (gte !== undefined) return { $gte: gte }
  throw new Error('not an operator of the benchmark')
}

/** What its user would hand over of a profile at a request: one pass over events and exposures. */
export function attributesOf(
  { profile, context }: { readonly profile: Profile; readonly context: JsonObject },
  /** Counter → the action whose impressions it counts. */
  actions: ReadonlyMap<string, string>,
  nowMs: number,
): Part {
  const attributes: Part = { context }
  for (const name in profile.traits) attributes[name] = profile.traits[name]?.value
  const events: Record<string, number> = {}
  for (const [timestampMs, , event] of profile.recent) {
    if (timestampMs > nowMs - WINDOW_MS && timestampMs <= nowMs) {
      events[event] = (events[event] ?? 0) + 1
    }
  }
  const shown: Record<string, number> = {}
  for (const [id, { minutesMs }] of readExposures(profile.exposures)) {
    let n = 0
    while (n < minutesMs.length && (minutesMs[n] as number) > nowMs - CAP_WINDOW_MS) n++
    shown[actions.get(id) as string] = n
  }
  attributes['events'] = events
  attributes['shown'] = shown
  return attributes
}
