/** What a placement goes by, compiled once per release. */
import type { CapConfig } from '../../contract/config.ts'
import type { Content } from '../../contract/decide.ts'
import type { CompiledCondition } from '../condition/compile.ts'

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

/** What a placement is to an OpenFeature client. */
export type CompiledFlag =
  | { readonly type: 'object' | 'list' }
  | { readonly type: 'string' | 'number' | 'boolean'; readonly field: string }

export interface CompiledPlacement {
  readonly key: string
  /** null where it is no flag. */
  readonly flag: CompiledFlag | null
  readonly fallback: CompiledAction | null
  /** Highest priority first. */
  readonly policies: readonly CompiledPolicy[]
}
