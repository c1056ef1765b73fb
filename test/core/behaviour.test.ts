/** Event leaves beyond what is remembered: exact, or off by no more than a bucket. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Condition, EventLeaf } from '../../worker/contract/condition.ts'
import type { AggregateNeed } from '../../worker/core/aggregate/aggregate.ts'
import { onDemandNeed } from '../../worker/core/aggregate/needs.ts'
import { bucketOf } from '../../worker/core/aggregate/span.ts'
import { conditionCompiler } from '../../worker/core/condition/compile.ts'
import { factsOf } from '../../worker/core/condition/facts.ts'
import { recentCovers } from '../../worker/core/profile/recent.ts'
import { foldedPerson, NOW_MS, ZONES } from './arbitrary-conditions.ts'
import { plainly } from './plain-conditions.ts'
import type { PlainEvent, PlainPerson } from './plain-question.ts'
import { namesOf, zoned } from './setting.ts'

const numRuns = Number(process.env['TSUGI_RUNS'] ?? 300)
/** So few are remembered. */
const RECENT = 5

const events: fc.Arbitrary<PlainEvent[]> = fc.array(
  fc
    .record({
      agoMs: fc.oneof(
        fc.integer({ min: 0, max: 8_000_000 }),
        fc.integer({ min: 0, max: 14 * 86_400_000 }),
        fc.integer({ min: 0, max: 200 }).map((days) => days * 86_400_000),
      ),
      name: fc.constantFrom('a', 'a', 'b'),
      p: fc.integer({ min: -3, max: 9 }),
    })
    .map(({ agoMs, name, p }) => ({ ms: NOW_MS - agoMs, name, properties: { p } })),
  { maxLength: 40, size: 'max' },
)

function ask(leaf: Condition, happened: readonly PlainEvent[], timeZone: string) {
  const setting = zoned(timeZone)
  const needs: AggregateNeed[] = []
  const compiled = conditionCompiler(
    namesOf({
      ...setting,
      kept: (asked) => {
        const need = onDemandNeed(asked, setting)
        needs.push(need)
        return need
      },
    }),
  )(leaf)
  const person: PlainPerson = {
    traits: {},
    events: happened,
    identifiers: {},
    consents: {},
    lists: {},
  }
  const profile = foldedPerson(person, [leaf], setting, { recent: RECENT, aggregates: needs })
  const truth = (other: Condition, nowMs = NOW_MS): boolean =>
    plainly(other, { person, context: {}, nowMs, timeZone, weekStart: 'monday', segments: {} })
  return { holds: compiled.holds(factsOf([], profile, {}, NOW_MS)), profile, truth }
}

const wanted = fc.integer({ min: 0, max: 12 }).map((gte) => ({ gte }))
const measure = fc.oneof(
  fc.record({ count: wanted }),
  fc.record({ sum: wanted.map((numbers) => ({ property: 'p', ...numbers })) }),
  fc.record({ distinct: wanted.map((numbers) => ({ property: 'p', ...numbers })) }),
  fc.record({ latest: fc.record({ before: fc.constantFrom('-1h', '-7d', '-60d') }) }),
  fc.record({ earliest: fc.record({ after: fc.constantFrom('-7d', '-60d', '2026-01-01') }) }),
)
const where = fc.constantFrom<object>({}, { where: { property: 'p', gte: 3 } })

describe('beyond the events that are remembered', () => {
  it('ever, between dates and by the calendar: exact', () => {
    const window = fc.constantFrom<object>(
      {},
      { between: ['2026-01-01', '2026-03-27'] },
      { between: ['2026-02-01T00:00:00Z', '2026-03-29T00:00:00Z'] },
      ...['today', 'yesterday', 'this week', 'last week', 'this month', 'last month'].map(
        (name) => ({
          in: name,
        }),
      ),
      ...['this quarter', 'last quarter', 'this year', 'last year'].map((name) => ({ in: name })),
    )
    let forgotten = 0
    fc.assert(
      fc.property(
        events,
        measure,
        window,
        where,
        fc.constantFrom(...ZONES),
        (happened, measured, during, filter, timeZone) => {
          const leaf = { event: 'a', ...measured, ...during, ...filter } as EventLeaf
          const { holds, truth, profile } = ask(leaf, happened, timeZone)
          expect(holds).toBe(truth(leaf))
          if (!recentCovers(profile, 0)) forgotten++
        },
      ),
      { numRuns: numRuns * 2 },
    )
    expect(forgotten).toBeGreaterThan(numRuns / 2)
  })

  it('in a gliding window: exact while it is remembered, else between the window and a bucket more', () => {
    const last = fc.constantFrom('30m', '2h', '12h', '3d', '7d', '30d')
    let inexact = 0
    fc.assert(
      fc.property(events, wanted, last, where, (happened, count, window, filter) => {
        const leaf = { event: 'a', count, last: window, ...filter } as EventLeaf
        const { holds, truth, profile } = ask(leaf, happened, 'UTC')
        const windowMs = spanMs(window)
        if (recentCovers(profile, NOW_MS - windowMs + 1)) {
          expect(holds).toBe(truth(leaf))
          return
        }
        inexact++
        const wider = windowMs + bucketOf(windowMs)
        const most = { ...leaf, last: `${Math.ceil(wider / 1000)}s` } as EventLeaf
        // What holds of the window holds here; what holds here holds of a bucket more.
        if (truth(leaf)) expect(holds).toBe(true)
        if (holds) expect(truth(most)).toBe(true)
      }),
      { numRuns: numRuns * 2 },
    )
    expect(inexact).toBeGreaterThan(numRuns / 4)
  })

  it('has teeth: without buckets, what was forgotten is missed', () => {
    const leaf: Condition = { event: 'a', count: { gte: 6 } }
    const happened = Array.from({ length: 6 }, (_, i) => ({
      ms: NOW_MS - i,
      name: 'a',
      properties: {},
    }))
    expect(ask(leaf, happened, 'UTC').holds).toBe(true)
    const setting = zoned('UTC')
    const person = { traits: {}, events: happened, identifiers: {}, consents: {}, lists: {} }
    const profile = foldedPerson(person, [leaf], setting, { recent: RECENT, aggregates: [] })
    const unkept = conditionCompiler(namesOf(setting))(leaf)
    expect(unkept.holds(factsOf([], profile, {}, NOW_MS))).toBe(false)
  })
})

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 }
const spanMs = (text: string): number =>
  Number(text.slice(0, -1)) * UNITS[text.slice(-1) as keyof typeof UNITS]
