/** A published configuration, compiled: what an isolate holds and every request reads. */
import type { CapConfig, Configuration, SourceConfig } from '../../contract/config.ts'
import type { Content } from '../../contract/decide.ts'
import type { AggregateNeed } from '../aggregate/aggregate.ts'
import type { CompiledCondition } from '../condition/compile.ts'
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
  readonly placements: ReadonlyMap<string, CompiledPlacement>
  readonly rules: IngestRules
}

export interface CompiledSegment {
  readonly key: string
  readonly condition: CompiledCondition
  /** It reads what came with a request, itself or through another segment: nobody enters or leaves it. */
  readonly requestScoped: boolean
  /** Digest of its condition and of all that it reaches: equal while its meaning is. */
  readonly version: string
}

export interface CompiledCap {
  readonly of: CapConfig['of']
  /** The key its exposures are counted under. */
  readonly counter: string
  readonly max: number
  /** Infinity is for life. */
  readonly windowMs: number
}

export interface Schedule {
  readonly fromMs: number
  readonly untilMs: number
}

export interface CompiledAction {
  readonly key: string
  readonly content: Content
  /** Language → content, where it differs. */
  readonly translations: ReadonlyMap<string, Content>
  readonly schedule: Schedule
  readonly when: CompiledCondition | null
  readonly caps: readonly CompiledCap[]
}

export interface CompiledPolicy {
  readonly key: string
  readonly audience: CompiledCondition | null
  readonly schedule: Schedule
  readonly caps: readonly CompiledCap[]
  readonly limit: number
  readonly choice:
    | {
        readonly by: 'priority'
        /** Highest priority first. */
        readonly actions: readonly CompiledAction[]
      }
    | {
        readonly by: 'split'
        readonly seed: string
        /** Weights as shares of one; a null action is the control arm. */
        readonly arms: readonly {
          readonly key: string
          readonly share: number
          readonly action: CompiledAction | null
        }[]
      }
}

export interface CompiledPlacement {
  readonly key: string
  readonly fallback: CompiledAction | null
  /** Highest priority first. */
  readonly policies: readonly CompiledPolicy[]
}
