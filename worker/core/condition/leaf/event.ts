/**
 * How often, how much, how many different, when: read from recent events while
 * these reach back far enough, else from the buckets that the release keeps.
 */
import type { EventLeaf, NumberOperators } from '../../../contract/condition.ts'
import { bucketsOf, readBuckets, type AggregateNeed } from '../../aggregate/aggregate.ts'
import { distinctKey, isCountable, MEASURES, type Cell } from '../../aggregate/measure.ts'
import { stateOf } from '../../profile/aggregates.ts'
import type { RecentEvent } from '../../profile/profile.ts'
import { recentCovers, slimReader } from '../../profile/recent.ts'
import { durationMs } from '../../time.ts'
import { askFor, measuresOf, type MeasureAsked } from '../asks.ts'
import { endOfCount, indexedCount, limitOf } from '../count-index.ts'
import type { Facts } from '../facts.ts'
import { nextFlip } from '../next-change.ts'
import { compileOperators } from '../operator/compile.ts'
import { noProperties, type CompiledTest } from '../operator/test.ts'
import { firstAt, passing } from '../passing.ts'
import type { Value } from '../scope.ts'
import { compileWindow, isGone, type Range } from '../window.ts'
import { eventWords } from '../words.ts'
import type { CompiledLeaf, Names } from './leaf.ts'

interface CompiledMeasure extends MeasureAsked, CompiledTest {
  /** undefined where only recent events tell. */
  readonly need: AggregateNeed | undefined
}

export function eventLeaf(leaf: EventLeaf, names: Names): CompiledLeaf {
  const { event } = leaf
  const window = compileWindow(leaf, names)
  const { entries, timed } = passing(event, leaf.where, names)
  const measures = measuresOf(leaf).map((measure): CompiledMeasure => {
    const ask = askFor(leaf, measure, window)
    return {
      ...measure,
      ...compileOperators(measure.wanted, names),
      need: ask === null ? undefined : names.kept(ask),
    }
  })

  const fromBuckets = (facts: Facts, { fromMs }: Range, { need }: CompiledMeasure): boolean =>
    need !== undefined && !recentCovers(facts.profile, fromMs)

  const valueOf = (facts: Facts, range: Range, measure: CompiledMeasure): Value => {
    if (!fromBuckets(facts, range, measure)) {
      return measureRecent(measure, entries(facts), range)
    }
    const need = measure.need as AggregateNeed
    const [first, last] = window.buckets(facts)
    return readBuckets(stateOf(facts.profile, need), need, first, last).value
  }
  const holdsAt = (facts: Facts): boolean => {
    const range = window.range(facts)
    return measures.every((measure) =>
      measure.test(valueOf(facts, range, measure), facts, noProperties),
    )
  }

  const nextMoment = (facts: Facts): number => {
    const range = window.range(facts)
    let next = Infinity
    for (const measure of measures) {
      if (measure.next !== null) {
        next = Math.min(next, measure.next(valueOf(facts, range, measure), facts, noProperties))
      }
      next = Math.min(
        next,
        fromBuckets(facts, range, measure)
          ? nextOfBuckets(facts, measure.need as AggregateNeed)
          : nextOfRecent(facts, range),
      )
    }
    return next
  }
  const nextOfBuckets = (facts: Facts, need: AggregateNeed): number => {
    let next = window.outgrowsMs(facts, facts.profile.recentFloorMs ?? 0)
    for (const bucket of bucketsOf(stateOf(facts.profile, need))) {
      next = Math.min(next, window.nextOfBucket(facts, bucket))
    }
    return next
  }
  const nextOfRecent = (facts: Facts, range: Range): number => {
    let next = Infinity
    let anything = false
    // Time may let pass what does not yet.
    for (const entry of timed === null ? entries(facts) : facts.recentOf(event)) {
      if (isGone(facts, range, entry[0])) continue
      anything = true
      next = Math.min(next, window.nextOfEvent(facts, entry[0]))
      if (timed?.next != null) next = Math.min(next, timed.next(slimReader(entry), facts))
    }
    // A window that turns over nothing turns over nothing next time, too.
    return anything ? Math.min(next, window.nextTurnMs(facts)) : next
  }

  const count = countOf(leaf, measures)

  return {
    holds: holdsAt,
    indexed:
      count === null || timed !== null
        ? null
        : indexedCount(JSON.stringify([event, leaf.where ?? null]), entries, count),
    trace: (facts) => {
      const range = window.range(facts)
      const seen = measures.map((measure) => seenOf(measure, valueOf(facts, range, measure)))
      return {
        condition: eventWords(leaf),
        holds: holdsAt(facts),
        seen:
          measures.length === 1
            ? seen[0]
            : Object.fromEntries(measures.map(({ name }, i) => [name, seen[i]])),
      }
    },
    nextChangeMs: (facts) =>
      (count === null || timed !== null ? null : endOfCount(entries(facts), count, facts)) ??
      nextFlip(facts, holdsAt, nextMoment),
  }
}

/** null for another measure, another window, or several limits. */
function countOf({ last, between, in: period }: EventLeaf, measures: readonly CompiledMeasure[]) {
  const [{ name, wanted, need } = {}, ...others] = measures
  if (name !== 'count' || wanted === undefined || others.length > 0) return null
  if (between !== undefined || period !== undefined) return null
  const limit = limitOf(wanted as NumberOperators)
  const agoMs = last === undefined ? Infinity : durationMs(last)
  return limit === null ? null : { ...limit, agoMs, hasBuckets: need !== undefined }
}

function measureRecent(
  { name, property }: CompiledMeasure,
  entries: readonly RecentEvent[],
  { fromMs, untilMs }: Range,
): Value {
  const from = firstAt(entries, fromMs)
  const until = Math.max(from, firstAt(entries, untilMs))
  switch (name) {
    case 'count':
      return until - from
    case 'latest':
      return until === from ? undefined : (entries[until - 1] as RecentEvent)[0]
    case 'earliest':
      return until === from ? undefined : (entries[from] as RecentEvent)[0]
    case 'sum':
      return sumOf(entries.slice(from, until), property as string)
    case 'distinct':
      return distinctOf(entries.slice(from, until), property as string)
  }
}

function sumOf(entries: readonly RecentEvent[], property: string): Value {
  let sum: Cell | null = null
  for (const entry of entries) {
    const cell = MEASURES.sum.of(slimReader(entry)(property), entry[0], entry[1])
    if (cell !== null) sum = sum === null ? cell : MEASURES.sum.join(sum, cell)
  }
  return MEASURES.sum.read(sum).value
}

function distinctOf(entries: readonly RecentEvent[], property: string): number {
  const values = new Set<string>()
  for (const entry of entries) {
    const value = slimReader(entry)(property)
    if (isCountable(value)) values.add(distinctKey(value))
  }
  return values.size
}

const seenOf = ({ name }: MeasureAsked, value: Value): unknown =>
  (name === 'latest' || name === 'earliest') && typeof value === 'number'
    ? new Date(value).toISOString()
    : (value ?? null)
