/**
 * Tallies of experiments add up, whatever the order in which records arrive, the
 * commits they arrive in, and the profiles they are spread over until these merge.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outcomeOf } from '../../worker/core/experiment/outcome.ts'
import { changeOf, sumRows, type TallyRow } from '../../worker/core/experiment/tally.ts'
import type { LearningRules } from '../../worker/core/learning/rules.ts'
import { partsOf } from '../../worker/core/learning/trials.ts'
import { fold, mergeProfiles } from '../../worker/core/profile/fold.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { blank, rules as rulesOf } from './people.ts'
import { expectCaught } from './teeth.ts'
import {
  numRuns,
  ROOMY,
  TIGHT,
  track,
  exposed,
  recordsOf,
  arrival,
  live,
  orderOf,
  nexter,
  type Told,
} from './learning-lives.ts'

const sorted = (rows: readonly TallyRow[]) =>
  sumRows(rows)
    .map((row) => ({ ...row, squares: Number(row.squares.toFixed(6)) }))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

describe('tallies of experiments', () => {
  it('the log adds up to the people as they stand, whatever was forgotten', () => {
    for (const learning of [ROOMY, TIGHT]) {
      fc.assert(
        fc.property(arrival(60), ({ events, seed }) => {
          const { log, person } = live(recordsOf(events), learning, nexter(seed))
          const now = partsOf(person.learning ?? { trials: {}, counted: {} }, learning)
          expect(sorted(log)).toEqual(sorted(changeOf([], now)))
        }),
        { numRuns },
      )
    }
  })

  it('with nothing forgotten they are what all records say at once', () => {
    fc.assert(
      fc.property(arrival(50), ({ events, seed }) => {
        const records = recordsOf(events)
        const { log } = live(records, ROOMY, nexter(seed))
        const seen = records
          .filter((r) => r.event === '$impression')
          .sort((a, b) => a.timestampMs - b.timestampMs)
        const [first] = seen
        if (first === undefined) {
          expect(log).toEqual([])
          return
        }
        const arms = new Set(seen.map((r) => r.properties?.['arm'] as string))
        const outcomes = Object.fromEntries(
          ROOMY.goals.map((goal) => {
            const hits = records.flatMap((record) =>
              (ROOMY.readers.get(record.event ?? '') ?? [])
                .filter((reader) => reader.goal.key === goal.key)
                .flatMap(({ read }) => {
                  const property = (path: string) => record.properties?.[path]
                  const hit = read({
                    read: property,
                    timestampMs: record.timestampMs,
                    digest: record.messageId,
                  })
                  return hit === null ? [] : [hit]
                }),
            )
            return [goal.key, outcomeOf(hits, first.timestampMs, goal.windowMs)]
          }),
        )
        const [arm] = seen.map((r) => r.properties?.['arm'] as string)
        const part = {
          experiment: 'banner',
          arm: arm!,
          firstMs: first.timestampMs,
          crossed: arms.size > 1,
          outcomes,
        }
        expect(sorted(log)).toEqual(sorted(changeOf([], [part])))
      }),
      { numRuns },
    )
  })

  function expectNoneTwice(
    records: readonly EventRecord[],
    { log }: Pick<ReturnType<typeof live>, 'log'>,
  ): void {
    const conversions = log
      .filter(({ goal }) => goal === 'order')
      .reduce((sum, row) => sum + row.conversions, 0)
    const orders = new Set(
      records
        .filter(({ event }) => event === 'Order Completed')
        .map(({ properties }) => orderOf(properties)),
    )
    expect(conversions).toBeLessThanOrEqual(orders.size)
    expect(conversions).toBeGreaterThanOrEqual(0)
  }

  const neverTwice = (learning: LearningRules, heard?: 'folds') =>
    fc.property(arrival(80), ({ events, seed }) => {
      const records = recordsOf(events)
      expectNoneTwice(records, live(records, learning, nexter(seed), undefined, heard))
    })

  it('never count one order twice, however often its page is loaded and whatever was forgotten', () => {
    fc.assert(neverTwice(ROOMY), { numRuns })
    fc.assert(neverTwice(TIGHT), { numRuns })
  })

  it('two devices counted one order, and one of them had forgotten it when they merged', () => {
    const device = (name: number, orders: readonly number[]): Told => {
      const records = [
        exposed('impression', name, name),
        ...orders.map((which, i) =>
          track(`m${name}${i}`, 'Order Completed', 5 + i, { order_id: `o${which}`, revenue: 100 }),
        ),
      ]
      let person = blank(`${name}`)
      const log: TallyRow[] = []
      for (const record of records) {
        person = fold(person, [record], rulesOf({ learning: TIGHT }), (one) =>
          log.push(...one.change),
        )
      }
      return { rewards: [], log, person }
    }
    // Two are kept of each goal: the phone has forgotten the first.
    const desk = device(1, [1, 2])
    const phone = device(2, [1, 2, 3])
    const log = [...desk.log, ...phone.log]
    mergeProfiles(desk.person, phone.person, rulesOf({ learning: TIGHT }), (one) =>
      log.push(...one.change),
    )
    const ofOrders = (rows: readonly TallyRow[]) =>
      rows.filter(({ goal }) => goal === 'order').reduce((sum, row) => sum + row.conversions, 0)
    expect([desk.log, phone.log, log].map(ofOrders)).toEqual([2, 3, 3])
  })

  it('the same, as it was first found', () => {
    const events = (
      [
        ['lead', 26, 6],
        ['refund', 27, 4],
        ['order', 25, 3],
        ['lead', 7, 6],
        ['again', 12, 3],
        ['again', 21, 5],
        ['order', 23, 2],
        ['clicked', 21, 1],
        ['again', 20, 2],
        ['seen', 18, 4],
        ['seen', 14, 4],
        ['seen', 17, 6],
        ['order', 28, 5],
      ] as const
    ).map(([kind, hours, which]) => ({ kind, hours, which }))
    const draws = [
      662692, 399635, 307637, 69628, 531902, 945833, 579435, 11285, 166332, 665273, 12095, 210463,
      166360, 616141, 599298, 381283, 523574, 547890, 825630, 285714, 46802, 383982, 768061, 723675,
      458225, 323780, 406, 648208, 404529, 245950, 70458, 813668, 108881, 309663, 744580, 225487,
      715058, 103842, 96464, 637193, 153363, 298502, 951603, 85708, 447694,
    ].values()
    const records = recordsOf(events)
    expectNoneTwice(
      records,
      live(records, TIGHT, () => draws.next().value as number),
    )
  })

  it('has teeth: what people counted before they merged may not simply be added up', () => {
    expectCaught(neverTwice(TIGHT, 'folds'))
  })
})
