/** One thing after another, or the lack of it, among the recent events. */
import type { SequenceLeaf, Step } from '../../../contract/condition.ts'
import type { RecentEvent } from '../../profile/profile.ts'
import { slimReader } from '../../profile/recent.ts'
import { durationMs } from '../../time.ts'
import type { Facts } from '../facts.ts'
import { nextFlip } from '../next-change.ts'
import type { Setting } from '../scope.ts'
import { compileWhere, type CompiledWhere } from '../where.ts'
import { compileWindow, isGone, type Range } from '../window.ts'
import { windowWords } from '../words.ts'
import type { CompiledLeaf } from './leaf.ts'

interface Matcher {
  readonly event: string
  readonly where: CompiledWhere | null
  /** After the step before; Infinity for any time after. */
  readonly withinMs: number
}
interface Link extends Matcher {
  /** What must not come between it and the next one, or at all after the last. */
  readonly absent: readonly Matcher[]
}

function linksOf(leaf: SequenceLeaf, setting: Setting): Link[] {
  const matcherOf = (event: string, { where, within }: Omit<Step, 'event'>): Matcher => ({
    event,
    where: where === undefined ? null : compileWhere(where, setting),
    withinMs: within === undefined ? Infinity : durationMs(within),
  })
  const links: (Matcher & { absent: Matcher[] })[] = []
  for (const step of leaf.sequence) {
    if (typeof step !== 'string' && 'not' in step) {
      links.at(-1)?.absent.push(matcherOf(step.not, step))
    } else {
      const { event, ...rest } = typeof step === 'string' ? { event: step } : step
      links.push({ ...matcherOf(event, rest), absent: [] })
    }
  }
  return links
}

/** Times at which a matcher's events happened within a range, oldest first. */
function timesOf({ event, where }: Matcher, { fromMs, untilMs }: Range, facts: Facts): number[] {
  return facts
    .recentOf(event)
    .filter(
      (entry) =>
        entry[0] >= fromMs &&
        entry[0] < untilMs &&
        (where === null || where.passes(slimReader(entry), facts)),
    )
    .map(([timestampMs]) => timestampMs)
}

interface Found {
  readonly times: readonly number[]
  readonly withinMs: number
}

/** Whether nothing absent came after a moment, and before another where one is given. */
function isClear(absences: readonly Found[], afterMs: number, beforeMs: number): boolean {
  return absences.every(({ times, withinMs }) =>
    times.every((ms) => ms <= afterMs || ms >= beforeMs || ms >= afterMs + withinMs),
  )
}

/** Moments of the first event from which the whole chain can be completed. */
function completed(links: readonly Link[], range: Range, facts: Facts): number[] {
  let next: Found | null = null
  for (const link of links.toReversed()) {
    const absences = link.absent.map((matcher) => ({
      times: timesOf(matcher, { fromMs: range.fromMs, untilMs: facts.nowMs + 1 }, facts),
      withinMs: matcher.withinMs,
    }))
    const following: Found | null = next
    const times: readonly number[] = timesOf(link, range, facts).filter((ms) =>
      following === null
        ? isClear(absences, ms, Infinity) &&
          // What is not to happen within an hour has not, once the hour is over.
          absences.every(({ withinMs }) => withinMs === Infinity || facts.nowMs >= ms + withinMs)
        : following.times.some(
            (then) => then > ms && then < ms + following.withinMs && isClear(absences, ms, then),
          ),
    )
    next = { times, withinMs: link.withinMs }
  }
  return [...(next?.times ?? [])]
}

export function sequenceLeaf(leaf: SequenceLeaf, setting: Setting): CompiledLeaf {
  const links = linksOf(leaf, setting)
  const window = compileWindow(leaf, setting)
  const holds = (facts: Facts): boolean => completed(links, window.range(facts), facts).length > 0

  const trailing = links.at(-1)?.absent ?? []
  const nextMoment = (facts: Facts): number => {
    const range = window.range(facts)
    let next = Infinity
    let anything = false
    for (const matcher of links.flatMap((link) => [link, ...link.absent])) {
      for (const entry of facts.recentOf(matcher.event)) {
        if (isGone(facts, range, entry[0])) continue
        anything = true
        next = Math.min(next, nextOfEntry(facts, matcher, entry))
      }
    }
    return anything ? Math.min(next, window.nextTurnMs(facts)) : next
  }
  const nextOfEntry = (facts: Facts, { where }: Matcher, entry: RecentEvent): number => {
    let next = window.nextOfEvent(facts, entry[0])
    if (entry[0] > facts.nowMs) next = Math.min(next, entry[0])
    if (where?.next != null) next = Math.min(next, where.next(slimReader(entry), facts))
    for (const { withinMs } of trailing) {
      if (entry[0] + withinMs > facts.nowMs) next = Math.min(next, entry[0] + withinMs)
    }
    return next
  }
  return {
    holds,
    trace: (facts) => {
      const range = window.range(facts)
      // How far it got: the most steps that can be completed, without what must not come after them.
      const bare = links.map((link, i) => (i === links.length - 1 ? { ...link, absent: [] } : link))
      let steps = bare.length
      while (steps > 0 && completed(bare.slice(0, steps), range, facts).length === 0) steps--
      return {
        condition: `sequence ${leaf.sequence.map(stepWords).join(', then ')}${windowWords(leaf)}`,
        holds: holds(facts),
        seen: `${steps} of ${links.length} events`,
      }
    },
    nextChangeMs: (facts) => nextFlip(facts, holds, nextMoment),
  }
}

function stepWords(step: SequenceLeaf['sequence'][number]): string {
  if (typeof step === 'string') return JSON.stringify(step)
  const name = 'not' in step ? `not ${JSON.stringify(step.not)}` : JSON.stringify(step.event)
  const where = step.where === undefined ? '' : ` where ${JSON.stringify(step.where)}`
  return `${name}${where}${step.within === undefined ? '' : ` within ${step.within}`}`
}
