/** From declared aggregates to what profiles keep: equal asks share one state. */
import type { PropertyCondition } from '../../contract/condition.ts'
import type { AggregateConfig } from '../../contract/config.ts'
import type { Setting } from '../condition/scope.ts'
import { compileEventFilter } from '../condition/where.ts'
import { digest } from '../hash.ts'
import { durationMs } from '../time.ts'
import type { AggregateNeed } from './aggregate.ts'
import type { Compute } from './measure.ts'
import { granularity, rolling, type Span } from './span.ts'

/** What is to be known of somebody's events. */
export interface Ask {
  readonly event: string
  readonly where: PropertyCondition | undefined
  readonly compute: Compute
  readonly property: string | null
  readonly span: Span
}

/** Equal for asks that can share a state, whatever the reach of their windows. */
export const shareKey = ({ event, where, compute, property, span }: Ask): string =>
  JSON.stringify([event, where ?? null, compute, property, granularity(span)])

export const askOf = (config: Omit<AggregateConfig, 'key' | 'name'>): Ask => ({
  event: config.event,
  where: config.where,
  compute: config.compute,
  property: config.property ?? null,
  span: config.last === undefined ? { kind: 'ever' } : rolling(durationMs(config.last)),
})

/** States that were once kept in another form begin anew under another id. */
const FORM: Partial<Record<Compute, string>> = { unique: 'unique, packed' }

/** The state of a declared aggregate: a window of another length is another one. */
export function needOf(
  config: Omit<AggregateConfig, 'key' | 'name'>,
  setting: Setting,
): AggregateNeed {
  const { event, where, compute, property = null, last } = config
  const id = digest(
    JSON.stringify([event, where ?? null, FORM[compute] ?? compute, property, last ?? null]),
  )
  return needFor(askOf(config), id, false, setting)
}

/** The state that conditions ask for: it stays while its windows grow. */
export const onDemandNeed = (ask: Ask, setting: Setting): AggregateNeed =>
  needFor(ask, digest(`${FORM[ask.compute] ?? ''}${shareKey(ask)}`), true, setting)

function needFor(
  { event, where, compute, property, span }: Ask,
  id: string,
  onDemand: boolean,
  setting: Setting,
): AggregateNeed {
  return {
    id,
    event,
    compute,
    property,
    span,
    onDemand,
    passes: where === undefined ? () => true : compileEventFilter(where, setting),
  }
}
