/** Segments compiled, with what can be said of each before anybody is asked about. */
import type { Condition } from '../../contract/condition.ts'
import type { Configuration } from '../../contract/config.ts'
import type { CompiledCondition } from '../condition/compile.ts'
import { readsCalendar, readsRequest } from '../condition/reads.ts'
import { leavesOf } from '../condition/tree.ts'
import { digest } from '../hash.ts'
import type { TrackedSegment } from '../membership/slots.ts'
import type { CompiledSegment } from './release.ts'

interface Nature {
  readonly requestScoped: boolean
  readonly version: string
}

/** @param config one without circles */
function segmentNatures(config: Configuration): (key: string) => Nature {
  const conditions = new Map(config.segments.map(({ key, when }) => [key, when]))
  const aggregates = new Map(config.aggregates.map((aggregate) => [aggregate.key, aggregate]))
  const calendar = [config.workspace.timeZone, config.workspace.weekStart]
  const natures = new Map<string, Nature>()

  const natureOf = (key: string): Nature => {
    const known = natures.get(key)
    if (known !== undefined) return known
    const when = conditions.get(key) as Condition
    const reached: unknown[] = []
    let requestScoped = false
    for (const leaf of leavesOf(when)) {
      if (readsRequest(leaf)) requestScoped = true
      if (readsCalendar(leaf)) reached.push(calendar)
      if ('segment' in leaf) {
        const other = natureOf(leaf.segment)
        reached.push(other.version)
        requestScoped ||= other.requestScoped
      }
      if ('aggregate' in leaf) {
        const { event, where, compute, property, last } = aggregates.get(leaf.aggregate) ?? {}
        reached.push([event, where, compute, property, last])
      }
    }
    const nature = { requestScoped, version: digest(JSON.stringify([when, reached])) }
    natures.set(key, nature)
    return nature
  }
  return natureOf
}

/** @param config one without circles */
export function compileSegments(
  config: Configuration,
  compile: (condition: Condition) => CompiledCondition,
): CompiledSegment[] {
  const natureOf = segmentNatures(config)
  return config.segments.map(({ key, when }) => ({
    key,
    condition: compile(when),
    ...natureOf(key),
  }))
}

/** The segments that people enter and leave. */
export function trackedSegments(config: Configuration): TrackedSegment[] {
  const natureOf = segmentNatures(config)
  return config.segments.flatMap(({ key }) => {
    const { requestScoped, version } = natureOf(key)
    return requestScoped ? [] : [{ key, version }]
  })
}
