/** From declared aggregates to what profiles keep: equal asks share one state. */
import type { AggregateConfig } from '../../contract/config.ts'
import { compileWhere } from '../condition/where.ts'
import { digest } from '../hash.ts'
import { durationMs } from '../time.ts'
import { bucketOf, type AggregateNeed } from './aggregate.ts'

export function needOf(config: AggregateConfig): AggregateNeed {
  const { event, where, compute, property = null, last } = config
  const windowMs = last === undefined ? Infinity : durationMs(last)
  const test = where === undefined ? () => true : compileWhere(where)
  return {
    id: digest(JSON.stringify([event, where ?? null, compute, property, last ?? null])),
    event,
    compute,
    property,
    // A relative moment in a filter is measured from the event itself.
    passes: test,
    windowMs,
    bucketMs: bucketOf(windowMs),
  }
}
