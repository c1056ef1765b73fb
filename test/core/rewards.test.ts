/**
 * Exposures and goals joined on the profile: every reward is told once, whatever
 * the order in which records arrive, the commits they arrive in, and the
 * profiles they are spread over until these merge.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KEPT_TOLD, type Reward } from '../../worker/core/learning/rewards.ts'
import type { LearningRules } from '../../worker/core/learning/rules.ts'
import type { Learning } from '../../worker/core/learning/section.ts'
import { fold } from '../../worker/core/profile/fold.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { blank, rules as rulesOf } from './people.ts'
import { expectCaught } from './teeth.ts'
import {
  numRuns,
  HOUR_MS,
  ROOMY,
  TIGHT,
  track,
  exposed,
  recordsOf,
  arrival,
  live,
  orderOf,
  nexter,
  type Event,
  type Step,
} from './learning-lives.ts'

/** From all records at once, with nothing forgotten: a straightforward double loop. */
function oracle(records: readonly EventRecord[]): string[] {
  const of = (name: string) => records.filter((r) => r.event === name)
  const when = (name: string, decision: unknown) =>
    of(name).find((r) => r.properties?.['exposure'] === decision)?.timestampMs
  const decisions = [...new Set(records.flatMap((r) => r.properties?.['exposure'] ?? []))]
  const ids: string[] = []
  for (const decision of decisions as string[]) {
    const seen = when('$impression', decision)
    const clicked = when('$click', decision)
    const inWindow = (at: number, since: number | undefined, hours: number) =>
      since !== undefined && at > since && at <= since + hours * HOUR_MS
    for (const { timestampMs, properties } of of('Order Completed')) {
      if (inWindow(timestampMs, seen, 10)) ids.push(`${decision}:order:${orderOf(properties)}`)
    }
    if (of('Lead').some(({ timestampMs }) => inWindow(timestampMs, clicked, 5))) {
      ids.push(`${decision}:lead`)
    }
    if (seen !== undefined && clicked !== undefined && clicked <= seen + 2 * HOUR_MS) {
      ids.push(`${decision}:click`)
    }
  }
  return ids.sort()
}

/** Names as the oracle has them. */
const plain = ({ exposure, goal, hit }: Reward, records: readonly EventRecord[]): string => {
  if (goal.key !== 'order') return `${exposure[1]}:${goal.key}`
  const event = hit.refund ? 'Order Refunded' : 'Order Completed'
  const record = records.find((r) => r.event === event && r.timestampMs === hit.atMs)
  return `${exposure[1]}:${hit.refund ? 'refund' : 'order'}:${orderOf(record?.properties)}`
}
/** Where a page is loaded again, which copy arrives first tells whom it is credited to: left out where that matters. */
const loadedOnce = (events: readonly Event[]): Event[] =>
  events.filter(
    ({ kind, which }, i) =>
      kind !== 'again' &&
      (kind !== 'order' || events.findIndex((e) => e.kind === kind && e.which === which) === i),
  )

describe('rewards', () => {
  it('are those of a double loop over everything, each once', () => {
    fc.assert(
      fc.property(arrival(40), ({ events, seed }) => {
        const once = loadedOnce(events)
        const records = recordsOf(once)
        const { rewards } = live(records, ROOMY, nexter(seed))
        const told = rewards.filter(({ hit }) => !hit.refund).map((r) => plain(r, records))
        expect(told.sort()).toEqual(oracle(records))
      }),
      { numRuns },
    )
  })

  const neverTwice = (learning: LearningRules, after?: Step) =>
    fc.property(arrival(60), ({ events, seed }) => {
      const { rewards } = live(recordsOf(events), learning, nexter(seed), after)
      const ids = rewards.map(({ id }) => id)
      expect(ids).toHaveLength(new Set(ids).size)
    })

  it('are never told twice, pages loaded again, forgetting and merging included', () => {
    fc.assert(neverTwice(ROOMY), { numRuns })
    fc.assert(neverTwice(TIGHT), { numRuns })
  })

  it('has teeth: without the floor a forgotten hit rewards again', () => {
    const floorless: Step = (profile) => {
      if (profile.learning === undefined) return profile
      const hits = Object.fromEntries(
        Object.entries(profile.learning.hits).map(([id, [, ...list]]) => [id, [0, ...list]]),
      ) as unknown as Learning['hits']
      return { ...profile, learning: { ...profile.learning, hits } }
    }
    expectCaught(neverTwice(TIGHT, floorless))
  })

  it('says "first" once, though an earlier copy of an order may come later', () => {
    let full = 0
    const firstOnce = (learning: LearningRules) =>
      fc.property(arrival(50), ({ events, seed }) => {
        let most = 0
        const watch: Step = (profile) => {
          most = Math.max(most, profile.learning?.told?.length ?? 0)
          return profile
        }
        const { rewards } = live(recordsOf(events), learning, nexter(seed), watch)
        // Of more decisions than so many at once it is forgotten: docs/storage.md.
        if (most === KEPT_TOLD) full++
        fc.pre(most < KEPT_TOLD)
        const ofDecision = ({ exposure, goal }: Reward) => exposure[1] + goal.key
        for (const own of Map.groupBy(rewards, ofDecision).values()) {
          expect(own.filter(({ first }) => first).length).toBeLessThanOrEqual(1)
        }
      })
    fc.assert(firstOnce(ROOMY), { numRuns })
    fc.assert(firstOnce(TIGHT), { numRuns })
    expect(full).toBeLessThan(numRuns / 10)
  })

  it('a decision that was rewarded stays so when an earlier copy of its order comes', () => {
    const bought = (id: number, which: number, hours: number) =>
      track(`m${id}`, 'Order Completed', hours, { order_id: `o${which}`, revenue: 100 })
    const steps = [exposed('impression', 1, 3), bought(1, 1, 5), bought(2, 1, 1), bought(3, 2, 6)]
    const firsts = (after: Step): boolean[] => {
      let person = blank('1')
      const told: boolean[] = []
      for (const record of steps) {
        person = after(
          fold(person, [record], rulesOf({ learning: ROOMY }), ({ rewards }) =>
            told.push(...rewards.map(({ first }) => first)),
          ),
        )
      }
      return told
    }
    const forgetful: Step = (profile) => {
      const { told: _, ...learning } = profile.learning as Learning
      return { ...profile, learning }
    }
    expect(firsts((profile) => profile)).toEqual([true, false])
    expect(firsts(forgetful)).toEqual([true, true])
  })

  it('only the first of a goal for a decision says so, and squares add up to the square of the sum', () => {
    for (const learning of [ROOMY, TIGHT]) {
      fc.assert(
        fc.property(arrival(50), ({ events, seed }) => {
          const { rewards } = live(recordsOf(loadedOnce(events)), learning, nexter(seed))
          const ofDecision = ({ exposure, goal }: Reward) => exposure[1] + goal.key
          for (const own of Map.groupBy(rewards, ofDecision).values()) {
            expect(own.filter(({ first }) => first)).toHaveLength(1)
            if (learning === TIGHT) continue
            const money = own.reduce((sum, { hit }) => sum + hit.micro / 1e6, 0)
            const squares = own.reduce((sum, { squares }) => sum + squares, 0)
            expect(squares).toBeCloseTo(money * money, 6)
          }
        }),
        { numRuns },
      )
    }
  })
})
