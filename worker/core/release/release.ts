/** A published configuration, compiled: what an isolate holds and every request reads. */
import type { Configuration, SourceConfig } from '../../contract/config.ts'
import type { Learner, Model } from '../learning/model.ts'
import type { ExperimentPlan } from '../experiment/results.ts'
import type { AggregateNeed } from '../aggregate/aggregate.ts'
import type { CompiledCondition } from '../condition/compile.ts'
import type { CompiledPlacement, House } from '../decision/plan.ts'
import type { IngestRules } from '../ingest/delivery.ts'

export interface Release {
  readonly number: number
  readonly epoch: number
  /** The kill switch: every placement shows its own content. */
  readonly stopped: boolean
  readonly workspace: Configuration['workspace']
  readonly sourceByWriteKey: ReadonlyMap<string, SourceConfig>
  readonly sourceBySecretHash: ReadonlyMap<string, SourceConfig>
  /** Union over all sources, for preflights that carry no key. */
  readonly origins: ReadonlySet<string>
  readonly segments: readonly CompiledSegment[]
  /** By key, as declared. */
  readonly aggregates: ReadonlyMap<string, AggregateNeed>
  readonly house: House
  readonly placements: ReadonlyMap<string, CompiledPlacement>
  /** What the counters of profiles count: id → "impression:action:hero-knit". */
  readonly counterNames: ReadonlyMap<string, string>
  /** What was learned so far; not of the configuration, and renewed more often. */
  readonly models: Model | null
  /** The policies that learn. */
  readonly learners: readonly Learner[]
  /** By key: by what results are told. */
  readonly experiments: ReadonlyMap<string, ExperimentPlan>
  readonly rules: IngestRules
  readonly warehouse: Configuration['warehouse']
}

export interface CompiledSegment {
  readonly key: string
  readonly condition: CompiledCondition
  /** It reads what came with a request, itself or through another segment: nobody enters or leaves it. */
  readonly requestScoped: boolean
  /** Digest of its condition and of all that it reaches: equal while its meaning is. */
  readonly version: string
}
