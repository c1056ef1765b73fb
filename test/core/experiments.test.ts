/** The cases of test/core/cases/experiments.json, and what must hold of results whatever the numbers. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NO_OUTCOME, outcomeOf } from '../../worker/core/experiment/outcome.ts'
import { changeOf, sumRows, type Part, type TallyRow } from '../../worker/core/experiment/tally.ts'
import type { Hit } from '../../worker/core/goal/hit.ts'
import suite from './cases/experiments.json' with { type: 'json' }
import { resultsOf } from './experiment-plan.ts'
import { expectCaught } from './teeth.ts'

interface PersonCase {
  readonly times?: number
  readonly arm: string
  readonly first: string
  readonly crossed?: boolean
  readonly hits: readonly (readonly [
    at: string,
    detail?: { key?: string; amount?: number; currency?: string; refund?: boolean },
  ])[]
}

const hitOf = ([at, detail = {}]: PersonCase['hits'][number]): Hit => ({
  atMs: Date.parse(at),
  key: detail.key ?? '',
  micro: Math.round((detail.amount ?? 0) * 1e6),
  currency: detail.currency ?? '',
  refund: detail.refund ?? false,
})

function partOf({ arm, first, crossed = false, hits }: PersonCase): Part {
  const firstMs = Date.parse(first)
  return {
    experiment: 'x',
    arm,
    firstMs,
    crossed,
    outcomes: Object.fromEntries(
      suite.goals.map(({ goal, windowMs }) => [
        goal,
        outcomeOf(hits.map(hitOf), firstMs, windowMs),
      ]),
    ),
  }
}

/** Six decimals are enough to tell a wrong formula. */
const rounded = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, v: unknown) =>
      typeof v === 'number' && !Number.isInteger(v) ? Number(v.toFixed(6)) : v,
    ),
  )

describe('results of an experiment', () => {
  it.each(
    (suite.cases as unknown as { name: string; people: PersonCase[]; expect: object }[]).map(
      (one) => [one.name, one] as const,
    ),
  )('%s', (_, one) => {
    const parts = one.people.flatMap((person) =>
      Array.from({ length: person.times ?? 1 }, () => partOf(person)),
    )
    expect(rounded(resultsOf(changeOf([], parts)))).toMatchObject(one.expect)
  })

  it('leave other experiments alone', () => {
    const [row] = changeOf([], [partOf({ arm: 'a', first: suite.now, hits: [] })])
    expect(resultsOf([{ ...(row as TallyRow), experiment: 'y' }])).toEqual(resultsOf([]))
  })
})

const day = Date.parse('2026-03-01T00:00:00Z')
const hit = fc.record({
  atMs: fc.integer({ min: day - 3_600_000, max: day + 2 * 86_400_000 }),
  key: fc.constantFrom('', 'k1', 'k2'),
  micro: fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
  currency: fc.constantFrom('', 'EUR', 'JPY'),
  refund: fc.boolean(),
}) satisfies fc.Arbitrary<Hit>
const part = fc
  .record({
    arm: fc.constantFrom('a', 'b'),
    firstMs: fc.integer({ min: day, max: day + 86_400_000 }),
    crossed: fc.boolean(),
    hits: fc.array(hit, { maxLength: 6, size: 'max' }),
  })
  .map(({ hits, ...rest }): Part => ({
    experiment: 'x',
    ...rest,
    outcomes: { order: outcomeOf(hits, rest.firstMs, 86_400_000) },
  }))
const parts = fc.array(part, { maxLength: 12, size: 'max' })
const sorted = (rows: readonly TallyRow[]): unknown =>
  rounded(sumRows(rows).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)))

describe('tallies', () => {
  it('of hits in any order are equal', () => {
    const shuffled = fc
      .array(hit, { maxLength: 10, size: 'max' })
      .chain((hits) =>
        fc.tuple(
          fc.constant(hits),
          fc.shuffledSubarray(hits, { minLength: hits.length, maxLength: hits.length }),
        ),
      )
    const orderDoesNotMatter = (rule: typeof outcomeOf) =>
      fc.property(shuffled, ([one, other]) => {
        expect(rule(other, day, 86_400_000)).toEqual(rule(one, day, 86_400_000))
      })
    fc.assert(orderDoesNotMatter(outcomeOf))
    const lastWins: typeof outcomeOf = (hits, since, window) =>
      outcomeOf(
        [...new Map(hits.map((h) => [h.key + String(h.refund), h])).values()],
        since,
        window,
      )
    expectCaught(orderDoesNotMatter(lastWins))
  })

  it('telescope: the changes from nobody to these, and from these to those, add up to those', () => {
    fc.assert(
      fc.property(parts, parts, (these, those) => {
        const log = [...changeOf([], these), ...changeOf(these, those)]
        expect(sorted(log)).toEqual(sorted(changeOf([], those)))
      }),
    )
  })

  it('of nothing are nothing', () => {
    expect(changeOf([], [])).toEqual([])
    fc.assert(
      fc.property(parts, (people) => {
        expect(changeOf(people, people)).toEqual([])
      }),
    )
    expect(outcomeOf([], 0, 1)).toEqual(NO_OUTCOME)
  })
})
