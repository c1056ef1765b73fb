/** What event leaves measure, and what they ask profiles to keep for it. */
import type { EventLeaf, Measures, PropertyMeasure } from '../../contract/condition.ts'
import type { Ask } from '../aggregate/needs.ts'
import type { Compute } from '../aggregate/measure.ts'
import { readsEventAlone } from './kept-answer.ts'
import type { Setting } from './scope.ts'
import { compileWindow, type CompiledWindow } from './window.ts'

type MeasureName = keyof Measures

export interface MeasureAsked {
  readonly name: MeasureName
  readonly compute: Compute
  readonly property: string | null
  /** What its value must be. */
  readonly wanted: NonNullable<Measures[MeasureName]>
}

const COMPUTES: Readonly<Record<MeasureName, Compute>> = {
  count: 'count',
  sum: 'sum',
  distinct: 'unique',
  latest: 'latest',
  earliest: 'earliest',
}

export function measuresOf(leaf: EventLeaf): readonly MeasureAsked[] {
  const asked = (Object.keys(COMPUTES) as MeasureName[]).flatMap((name): MeasureAsked[] => {
    const wanted = leaf[name]
    if (wanted === undefined) return []
    const property = (wanted as Partial<PropertyMeasure>).property ?? null
    return [{ name, compute: COMPUTES[name], property, wanted }]
  })
  return asked.length > 0
    ? asked
    : [{ name: 'count', compute: 'count', property: null, wanted: { gte: 1 } }]
}

/** The state that would hold a measure; null where none can. */
export function askFor(
  { event, where }: EventLeaf,
  { compute, property }: MeasureAsked,
  { span }: CompiledWindow,
): Ask | null {
  if (span === null || (where !== undefined && !readsEventAlone(where))) return null
  return { event, where, compute, property, span }
}

/** Why a leaf's past can be kept in no state; null where it can, or need not. */
export function unkeptBecause(leaf: EventLeaf, setting: Setting): string | null {
  if (leaf.where !== undefined && !readsEventAlone(leaf.where)) {
    return 'its filter reads the person or the clock, and not the event alone'
  }
  return compileWindow(leaf, setting).unkept
}
