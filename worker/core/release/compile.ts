/** From a checked configuration to the release that requests read: once, not per request. */
import type { Configuration } from '../../contract/config.ts'
import { conditionCompiler } from '../condition/compile.ts'
import { propertyReads } from '../condition/reads.ts'
import { identityRules } from '../identity/rules.ts'
import type { AggregateNeed } from '../aggregate/aggregate.ts'
import type { RegexEngine } from '../condition/scope.ts'
import type { FormulaEngine } from '../decision/formula-port.ts'
import { normalizeIdentifier } from '../identity/identifier.ts'
import { membershipRules } from '../membership/rules.ts'
import type { Slot } from '../membership/slots.ts'
import { CAPS } from '../profile/caps.ts'
import { allCaps, capBook, countingOf } from './compile-caps.ts'
import { experimentBook, recordedExperiments } from './compile-experiments.ts'
import { compileHouse } from './compile-house.ts'
import { experimentPlans, learnersOf, learningOf } from './compile-learning.ts'
import type { Model } from '../learning/model.ts'
import { compilePlacement } from './compile-placement.ts'
import { computedOf } from './compile-ranking.ts'
import type { Shared } from './compile-shared.ts'
import { conditionsOf } from './conditions.ts'
import { planNeeds } from './plan-needs.ts'
import { compileSegments } from './segments.ts'
import { registerOf } from './register.ts'
import type { Release } from './release.ts'
import { settingOf } from './setting.ts'

export interface ReleaseState {
  readonly number: number
  readonly epoch: number
  readonly stopped: boolean
  /** As they are under the epoch; without them nobody's memberships are kept. */
  readonly slots?: readonly Slot[]
  readonly models?: Model | null
}

/**
 * @param config one that `checkConfiguration` found no fault in
 * @param regex needed where a condition has a pattern; see flow/regex.ts
 * @param formulas needed where a policy has one; see flow/formulas.ts
 */
export function compileRelease(
  config: Configuration,
  { slots = [], models = null, ...state }: ReleaseState,
  regex: RegexEngine | null = null,
  formulas: FormulaEngine | null = null,
): Release {
  const indices = new Map(config.segments.map((segment, i) => [segment.key, i]))
  const setting = settingOf(config.workspace, regex)
  const { declared: aggregates, needs, kept } = planNeeds(config, setting)
  const compile = conditionCompiler({
    ...setting,
    segmentIndex: (key) => indices.get(key) as number,
    aggregate: (key) => aggregates.get(key) as AggregateNeed,
    kept,
    identifierValue: (type, value) =>
      normalizeIdentifier(type, value, config.workspace.phoneRegion)?.value ?? value,
  })
  const segments = compileSegments(config, compile)
  const sources = config.sources
  const register = registerOf(config)
  const shared: Shared = {
    config,
    register,
    compile,
    caps: capBook(config),
    experiments: experimentBook(config, register, compile),
    counting: countingOf(config, setting),
    named: {
      actions: register.actions,
      segments: indices,
      computed: computedOf(config, aggregates),
    },
    formulas,
  }
  return {
    ...state,
    workspace: config.workspace,
    sourceByWriteKey: new Map(sources.map((source) => [source.writeKey, source])),
    sourceBySecretHash: new Map(
      sources.flatMap((source) => source.secretKeySha256.map((hash) => [hash, source] as const)),
    ),
    origins: new Set(sources.flatMap((source) => source.origins)),
    segments,
    aggregates,
    house: compileHouse(config, indices, setting.calendar),
    placements: new Map(
      config.placements.map((placement) => [placement.key, compilePlacement(placement, shared)]),
    ),
    counterNames: new Map(allCaps(config).map(({ counter, name }) => [counter, name])),
    models,
    learners: learnersOf(config),
    experiments: experimentPlans(config),
    rules: {
      identity: identityRules(config),
      caps: CAPS,
      reads: propertyReads(
        [...conditionsOf(config)].map(({ condition }) => condition),
        config.aggregates,
        setting,
      ),
      aggregates: needs,
      membership: membershipRules(segments, slots),
      learning: learningOf(config, setting),
      counting: shared.counting,
      arms: recordedExperiments(config),
      epoch: state.epoch,
    },
    warehouse: config.warehouse,
  }
}
