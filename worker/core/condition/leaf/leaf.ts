/** What every leaf compiles to, and what its names stand for. */
import type { Condition } from '../../../contract/condition.ts'
import type { ConditionTrace } from '../../../contract/decide.ts'
import type { AggregateNeed } from '../../aggregate/aggregate.ts'
import type { Ask } from '../../aggregate/needs.ts'
import type { Facts } from '../facts.ts'
import type { Indexed } from '../leaf-index.ts'
import type { Setting } from '../scope.ts'
import type { LeafOf } from '../tree.ts'

export type Leaf = LeafOf<Condition>

export interface CompiledLeaf {
  readonly holds: (facts: Facts) => boolean
  /** The same answer, with the values seen. */
  readonly trace: (facts: Facts) => ConditionTrace
  /** The next moment at which time alone could change the answer; null when time has no say in it. */
  readonly nextChangeMs: ((facts: Facts) => number) | null
  /** Where it can be answered along with others. */
  readonly indexed?: Indexed | null
  /** Index of the segment whose answer is the leaf's own. */
  readonly segment?: number
}

/** What names in a condition stand for; publish has checked that each exists. */
export interface Names extends Setting {
  segmentIndex(key: string): number
  aggregate(key: string): AggregateNeed
  /** The state that the release keeps for what a leaf asks; undefined where it keeps none. */
  kept(ask: Ask): AggregateNeed | undefined
  /** As the index of people knows it. */
  identifierValue(type: string, value: string): string
}
