/** That conditions are of a size, and can come true. */
import type { NumberOperators } from '../../contract/condition.ts'
import type { Configuration } from '../../contract/config.ts'
import type { Fault } from '../../contract/problem.ts'
import { UTC } from '../calendar/zone.ts'
import { askFor, measuresOf } from '../condition/asks.ts'
import type { Setting } from '../condition/scope.ts'
import { leavesOf } from '../condition/tree.ts'
import { compileWindow } from '../condition/window.ts'
import { CAPS } from '../profile/caps.ts'
import { durationMs, instantMs, isDay, isRelative } from '../time.ts'
import { partsOf, type Part } from './condition-parts.ts'
import { conditionsOf, filtersOf } from './conditions.ts'
import { planNeeds } from './plan-needs.ts'

const MAX_NODES = 500
const MAX_LEVELS = 20

/** What is wrong with a pattern; null for a good one. */
export type PatternFault = (pattern: string) => string | null

function* rootsOf(config: Configuration) {
  for (const { path, condition } of conditionsOf(config)) {
    yield { path, root: condition as object, knowsPeople: true }
  }
  for (const { path, where } of filtersOf(config)) {
    yield { path, root: where as object, knowsPeople: false }
  }
}

/** What the schema lets pass and means nothing. */
export function* leaves(config: Configuration, patternFault: PatternFault): Generator<Fault> {
  for (const { path, root, knowsPeople } of rootsOf(config)) {
    let nodes = 0
    let levels = 0
    for (const part of partsOf(root, path)) {
      if (part.isNode) nodes++
      levels = Math.max(levels, part.level)
      yield* moments(part)
      yield* references(part, knowsPeople)
      const { matches } = part.object
      const wrong = typeof matches === 'string' ? patternFault(matches) : null
      if (wrong !== null) {
        yield {
          path: `${part.path}.matches`,
          wrong,
          allowed: 'a pattern in the syntax of RE2: https://github.com/google/re2/wiki/Syntax',
        }
      }
    }
    if (nodes > MAX_NODES) yield { path, wrong: `${nodes} parts`, allowed: `at most ${MAX_NODES}` }
    if (levels > MAX_LEVELS) {
      yield { path, wrong: 'nested too deep', allowed: `at most ${MAX_LEVELS} levels` }
    }
  }
}

const notADate = (path: string, text: string): Fault => ({
  path,
  wrong: `"${text}" is no date`,
  allowed: 'ISO 8601',
})

function* moments({ path, object }: Part): Generator<Fault> {
  for (const name of ['before', 'after'] as const) {
    const text = object[name]
    if (typeof text === 'string' && !isMoment(text)) yield notADate(`${path}.${name}`, text)
  }
  const { between } = object
  if (!Array.isArray(between) || object['clock'] === 'time') return
  const [from, until] = between as [string, string]
  if (object['clock'] === 'date') {
    for (const text of [from, until]) {
      if (!isDay(text.length === 5 ? `2000-${text}` : text)) yield notADate(`${path}.between`, text)
    }
    return
  }
  const wrong = [from, until].find((text) => !isMoment(text))
  if (wrong !== undefined) yield notADate(`${path}.between`, wrong)
  else if (isRelative(from) && !from.startsWith('-')) {
    yield {
      path: `${path}.between[0]`,
      wrong: `"${from}" is yet to come`,
      allowed: 'a moment in the past such as "-30d"',
    }
  } else if (
    orderMs(from) > orderMs(until) ||
    (orderMs(from) === orderMs(until) && until.length > 10)
  ) {
    yield { path: `${path}.between`, wrong: 'its end is not after its beginning' }
  }
}

const isMoment = (text: string): boolean => isRelative(text) || instantMs(text) !== null

/** Comparable with the other of a pair. */
const orderMs = (text: string): number =>
  isRelative(text)
    ? durationMs(text.slice(1)) * (text.startsWith('-') ? -1 : 1)
    : (instantMs(text, UTC) ?? NaN)

/** Operators that may name what they compare with. */
const COMPARING = [
  'eq',
  'ne',
  'in',
  'nin',
  'contains',
  'startsWith',
  'endsWith',
  'gt',
  'gte',
  'lt',
  'lte',
  'before',
  'after',
]

function* references(
  { path, object, hasProperties }: Part,
  knowsPeople: boolean,
): Generator<Fault> {
  for (const name of COMPARING) {
    const wanted = object[name]
    if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) continue
    if ('trait' in wanted && !knowsPeople) {
      yield {
        path: `${path}.${name}`,
        wrong: 'aggregates and goals look at events, and know no trait of the person',
        allowed: 'a value, or another property of the event',
      }
    }
    if ('property' in wanted && !hasProperties && knowsPeople) {
      yield {
        path: `${path}.${name}`,
        wrong: 'there is no event or element here whose property it could be',
        allowed: 'a value, or { "trait": … }',
      }
    }
  }
  if (object['zone'] === 'visitor' && !knowsPeople) {
    yield {
      path: `${path}.zone`,
      wrong: 'aggregates and goals look at events, and know no visitor',
      allowed: 'workspace',
    }
  }
}

/** Counts that nothing which is remembered can reach. */
export function* reachableCounts(config: Configuration, setting: Setting): Generator<Fault> {
  const { kept } = planNeeds(config, setting)
  for (const { path, condition } of conditionsOf(config)) {
    for (const leaf of leavesOf(condition)) {
      if (!('event' in leaf) || leaf.count === undefined) continue
      if (leastCount(leaf.count) <= CAPS.recent) continue
      const window = compileWindow(leaf, setting)
      const counting = measuresOf(leaf).filter(({ name }) => name === 'count')
      const asks = counting.map((measure) => askFor(leaf, measure, window))
      if (asks.every((ask) => ask !== null && kept(ask) !== undefined)) continue
      yield {
        path,
        wrong: `a count above ${CAPS.recent}, which is as many events as are remembered`,
        allowed: 'a smaller count, or an aggregate, which counts without end',
      }
    }
  }
}

const leastCount = ({ eq = 0, gt = -1, gte = 0 }: NumberOperators): number =>
  Math.max(eq, gt + 1, gte)
