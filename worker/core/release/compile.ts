/** From a checked configuration to the release that requests read: once, not per request. */
import type {
  ActionConfig,
  CapConfig,
  Configuration,
  PlacementConfig,
  PolicyConfig,
} from '../../contract/config.ts'
import type { Content, ContentValue } from '../../contract/decide.ts'
import { conditionCompiler, type CompiledCondition } from '../condition/compile.ts'
import { propertyReads } from '../condition/reads.ts'
import { identityRules } from '../identity/rules.ts'
import type { AggregateNeed } from '../aggregate/aggregate.ts'
import { needOf } from '../aggregate/needs.ts'
import { CAPS } from '../profile/caps.ts'
import { exposureKey, type CapNeed } from '../profile/exposures.ts'
import { durationMs } from '../time.ts'
import { conditionsOf } from './conditions.ts'
import { compileSegments } from './segments.ts'
import type {
  CompiledAction,
  CompiledCap,
  CompiledPlacement,
  CompiledPolicy,
  Release,
  Schedule,
} from './release.ts'

type Compile = ReturnType<typeof conditionCompiler>

export interface ReleaseState {
  readonly number: number
  readonly epoch: number
  readonly stopped: boolean
}

/** @param config one that `checkConfiguration` found no fault in */
export function compileRelease(config: Configuration, state: ReleaseState): Release {
  const indices = new Map(config.segments.map((segment, i) => [segment.key, i]))
  const aggregates = new Map(
    config.aggregates.map((aggregate) => [aggregate.key, needOf(aggregate)]),
  )
  const compile = conditionCompiler({
    segmentIndex: (key) => indices.get(key) as number,
    aggregate: (key) => aggregates.get(key) as AggregateNeed,
  })
  const sources = config.sources
  return {
    ...state,
    workspace: config.workspace,
    sourceByWriteKey: new Map(sources.map((source) => [source.writeKey, source])),
    sourceBySecretHash: new Map(
      sources.flatMap((source) => source.secretKeySha256.map((hash) => [hash, source] as const)),
    ),
    origins: new Set(sources.flatMap((source) => source.origins)),
    segments: compileSegments(config, compile),
    aggregates,
    placements: new Map(
      config.placements.map((placement) => [
        placement.key,
        compilePlacement(config, placement, compile),
      ]),
    ),
    rules: {
      identity: identityRules(config),
      caps: CAPS,
      reads: propertyReads(
        [...conditionsOf(config)].map(({ condition }) => condition),
        config.aggregates,
      ),
      aggregates: aggregateNeeds(config),
      capped: cappedKeys(config),
      epoch: state.epoch,
    },
  }
}

/** What profiles keep for the declared aggregates, each state once. */
export const aggregateNeeds = (config: Configuration): AggregateNeed[] => [
  ...new Map(config.aggregates.map(needOf).map((need) => [need.id, need])).values(),
]

const windowOf = (per: string): number => (per === 'lifetime' ? Infinity : durationMs(per))

function compileCaps(
  caps: readonly CapConfig[],
  of: 'action' | 'policy',
  key: string,
): CompiledCap[] {
  return caps.map((cap) => ({
    of: cap.of,
    counter: exposureKey(cap.of, of, key),
    max: cap.max,
    windowMs: windowOf(cap.per),
  }))
}

/** Which exposures profiles count, and how long a window of each some cap needs. */
export function cappedKeys(config: Configuration): Map<string, CapNeed> {
  const needs = new Map<string, CapNeed>()
  const caps = [
    ...config.actions.flatMap((action) => compileCaps(action.caps, 'action', action.key)),
    ...config.policies.flatMap((policy) => compileCaps(policy.caps, 'policy', policy.key)),
  ]
  for (const { counter, windowMs, max } of caps) {
    const standing = needs.get(counter) ?? { windowMs: 0, buckets: 0 }
    // The lifetime total is kept beside the buckets: only finite windows need them.
    needs.set(
      counter,
      windowMs === Infinity
        ? standing
        : {
            windowMs: Math.max(standing.windowMs, windowMs),
            buckets: Math.max(standing.buckets, max),
          },
    )
  }
  return needs
}

const compileSchedule = (schedule: ActionConfig['schedule']): Schedule => ({
  fromMs: schedule?.from === undefined ? -Infinity : Date.parse(schedule.from),
  untilMs: schedule?.until === undefined ? Infinity : Date.parse(schedule.until),
})

const compileMaybe = (
  condition: PolicyConfig['audience'],
  compile: Compile,
): CompiledCondition | null => (condition === undefined ? null : compile(condition))

function compileContent(
  texts: ActionConfig['content'],
  fields: PlacementConfig['fields'],
): Content {
  const content: Record<string, ContentValue> = {}
  for (const [field, text] of Object.entries(texts)) {
    content[field] = fields[field] === 'html' ? { html: text } : text
  }
  return content
}

function compileAction(
  action: ActionConfig,
  placement: PlacementConfig,
  compile: Compile,
): CompiledAction {
  const content = compileContent(action.content, placement.fields)
  return {
    key: action.key,
    content,
    translations: new Map(
      Object.entries(action.translations).map(([language, texts]) => [
        language,
        { ...content, ...compileContent(texts, placement.fields) },
      ]),
    ),
    schedule: compileSchedule(action.schedule),
    when: compileMaybe(action.when, compile),
    caps: compileCaps(action.caps, 'action', action.key),
  }
}

function compilePlacement(
  config: Configuration,
  placement: PlacementConfig,
  compile: Compile,
): CompiledPlacement {
  const configs = new Map(config.actions.map((action) => [action.key, action]))
  const compiled = new Map<string, CompiledAction>()
  const actionOf = (key: string): CompiledAction => {
    const action =
      compiled.get(key) ?? compileAction(configs.get(key) as ActionConfig, placement, compile)
    compiled.set(key, action)
    return action
  }
  return {
    key: placement.key,
    fallback: placement.fallback === undefined ? null : actionOf(placement.fallback),
    policies: config.policies
      .filter((policy) => policy.placement === placement.key)
      .sort((a, b) => b.priority - a.priority || (a.key < b.key ? -1 : 1))
      .map((policy) => compilePolicy(policy, actionOf, compile)),
  }
}

function compilePolicy(
  policy: PolicyConfig,
  actionOf: (key: string) => CompiledAction,
  compile: Compile,
): CompiledPolicy {
  return {
    key: policy.key,
    audience: compileMaybe(policy.audience, compile),
    schedule: compileSchedule(policy.schedule),
    caps: compileCaps(policy.caps, 'policy', policy.key),
    limit: policy.limit,
    choice: compileChoice(policy, actionOf),
  }
}

function compileChoice(
  policy: PolicyConfig,
  actionOf: (key: string) => CompiledAction,
): CompiledPolicy['choice'] {
  if (policy.split === undefined) {
    const ranked = [...(policy.candidates ?? [])].sort(
      (a, b) => b.priority - a.priority || (a.action < b.action ? -1 : 1),
    )
    return { by: 'priority', actions: ranked.map(({ action }) => actionOf(action)) }
  }
  const { arms, seed } = policy.split
  const total = arms.reduce((sum, arm) => sum + arm.weight, 0)
  return {
    by: 'split',
    seed: seed ?? policy.key,
    arms: arms.map(({ key, weight, action }) => ({
      key,
      share: weight / total,
      action: action === null ? null : actionOf(action),
    })),
  }
}
