/** Computed traits against the plain answer: look at every event again. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../worker/contract/message.ts'
import { readState, worstStateBytes } from '../../worker/core/aggregate/aggregate.ts'
import { KEPT_VALUES, MEASURES } from '../../worker/core/aggregate/measure.ts'
import { needOf } from '../../worker/core/aggregate/needs.ts'
import { stateOf } from '../../worker/core/profile/aggregates.ts'
import type { Span } from '../../worker/core/aggregate/span.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { AGGREGATE_BYTES } from '../../worker/core/profile/caps.ts'
import { folded, rules } from './people.ts'
import { UTC_SETTING } from './setting.ts'

const NOW_MS = Date.UTC(2026, 2, 31, 12)
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

const viewed = (id: number, atMs: number, properties: JsonObject): EventRecord => ({
  type: 'track',
  event: 'viewed',
  messageId: `v${id}`,
  source: 's',
  profileId: 'p',
  epoch: 1,
  properties,
  timestampMs: atMs,
  receivedAtMs: atMs,
  originalTimestampMs: null,
  sentAtMs: null,
})

type Ask = Omit<Parameters<typeof needOf>[0], 'event'>
const need = (ask: Ask) => needOf({ event: 'viewed', ...ask }, UTC_SETTING)
const read = (records: readonly EventRecord[], ask: Ask, nowMs = NOW_MS) => {
  const asked = need(ask)
  return readState(stateOf(folded(records, { aggregates: [asked] }), asked), asked, nowMs)
}

const prices = [5, 0.1, 0.2, -3, 5, 12]
const some = prices.map((price, i) =>
  viewed(i, NOW_MS - i * DAY_MS, { price, category: `c${i % 2}` }),
)

describe('computed traits', () => {
  it.each<[Ask, unknown]>([
    [{ compute: 'count' }, 6],
    // The oldest of its hours counts whole.
    [{ compute: 'count', last: '2d' }, 3],
    [{ compute: 'count', where: { property: 'price', gt: 4 } }, 3],
    [{ compute: 'sum', property: 'price' }, 19.3],
    [{ compute: 'sum', property: 'price', last: '48h' }, 5.3],
    [{ compute: 'average', property: 'price', where: { property: 'price', eq: 5 } }, 5],
    [{ compute: 'min', property: 'price' }, -3],
    [{ compute: 'max', property: 'price' }, 12],
    [{ compute: 'first', property: 'price' }, 12],
    [{ compute: 'last', property: 'price' }, 5],
    [{ compute: 'unique', property: 'price' }, 5],
    [{ compute: 'mostFrequent', property: 'price' }, 5],
    [{ compute: 'sum', property: 'missing' }, 0],
    [{ compute: 'average', property: 'missing' }, undefined],
    [{ compute: 'min', property: 'category' }, undefined],
  ])('%j is %j', (ask, expected) => {
    expect(read(some, ask).value).toEqual(expected)
  })

  it('are off by at most one bucket at a window’s edge, and by none in between', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 96 * 60 }), { maxLength: 60, size: 'max' }),
        fc.constantFrom('30m', '2h', '24h', '72h'),
        (minutesAgo, last) => {
          const records = minutesAgo.map((m, i) => viewed(i, NOW_MS - m * 60_000, {}))
          const { windowMs, bucketMs } = need({ compute: 'count', last }).span as Extract<
            Span,
            { kind: 'rolling' }
          >
          const counted = read(records, { compute: 'count', last }).value as number
          const within = (ms: number) => minutesAgo.filter((m) => m * 60_000 <= ms).length
          expect(counted).toBeGreaterThanOrEqual(
            minutesAgo.filter((m) => m * 60_000 < windowMs).length,
          )
          expect(counted).toBeLessThanOrEqual(within(windowMs + bucketMs))
        },
      ),
    )
  })

  it('count distinct values exactly up to the kept ones, then within a few standard errors', () => {
    const exact = Array.from({ length: KEPT_VALUES }, (_, i) => viewed(i, NOW_MS, { price: i }))
    expect(read(exact, { compute: 'unique', property: 'price' })).toEqual({ value: KEPT_VALUES })
    const many = Array.from({ length: 5000 }, (_, i) => viewed(i, NOW_MS, { price: i % 1000 }))
    const estimate = read(many, { compute: 'unique', property: 'price' })
    expect(estimate.sampled).toBe(true)
    // The standard error of k minimum values is about 1 / sqrt(k − 2): 21 % here.
    expect(estimate.value).toBeGreaterThan(1000 * (1 - 4 * 0.21))
    expect(estimate.value).toBeLessThan(1000 * (1 + 4 * 0.21))
  })

  it('fill from recent events when published later, and say that they are partial', () => {
    const asked = need({ compute: 'count', last: '24h' })
    const before = folded(some, { aggregates: [] })
    expect(readState(stateOf(before, asked), asked, NOW_MS)).toEqual({ value: 2, partial: true })
    expect(readState(stateOf(before, asked), asked, NOW_MS + 25 * HOUR_MS)).toEqual({ value: 0 })
    const forever = need({ compute: 'count' })
    expect(readState(stateOf(before, forever), forever, NOW_MS).partial).toBe(true)
    expect(readState(stateOf(folded([]), forever), forever, NOW_MS)).toEqual({ value: 0 })
  })

  it('leave out amounts that are none', () => {
    const odd = [1e300, Number.MAX_SAFE_INTEGER, '5', null, true, 2].map((price, i) =>
      viewed(i, NOW_MS, { price }),
    )
    expect(read(odd, { compute: 'sum', property: 'price' }).value).toBe(2)
  })

  it('never weigh more than publish reckons', () => {
    const asks: Ask[] = (Object.keys(MEASURES) as Ask['compute'][]).flatMap((compute) =>
      ['1h', '24h', '30d', undefined].map((last) => ({
        compute,
        ...(compute === 'count' ? {} : { property: 'price' }),
        ...(last === undefined ? {} : { last }),
      })),
    )
    const records = Array.from({ length: 1000 }, (_, i) =>
      viewed(i, NOW_MS - i * 45 * 60_000, {
        price: i % 2 === 0 ? 999_999_999.123456 - i : 'あ'.repeat(12) + i,
      }),
    )
    for (const ask of asks) {
      const asked = need(ask)
      const profile = folded(records, { caps: { ...rules().caps, seen: 1 }, aggregates: [asked] })
      const bytes = new TextEncoder().encode(JSON.stringify(profile.aggregates)).length
      expect([ask, bytes <= worstStateBytes(asked)]).toEqual([ask, true])
    }
  })
})

describe('what they weigh', () => {
  it('is what docs/aggregates.md says', async () => {
    const text = await readFile(join(import.meta.dirname, '../../docs/aggregates.md'), 'utf8')
    const rows = [...text.matchAll(/^\| (`[a-z`, A-Z]+`) \|((?: [\d,]+ \|){5})$/gm)]
    expect(rows.length).toBe(6)
    for (const [, names = '', cells = ''] of rows) {
      const told = cells.match(/[\d,]+/g)?.map((cell) => Number(cell.replaceAll(',', '')))
      for (const compute of names.match(/[a-zA-Z]+/g) as Ask['compute'][]) {
        const bytes = [undefined, '24h', '7d', '30d', '90d'].map((last) =>
          worstStateBytes(
            need({
              compute,
              ...(compute === 'count' ? {} : { property: 'price' }),
              ...(last === undefined ? {} : { last }),
            }),
          ),
        )
        expect([compute, bytes]).toEqual([compute, told])
      }
    }
    expect(text).toContain(`**${AGGREGATE_BYTES.toLocaleString('en')} bytes**`)
  })

  it('leaves room for what shops ask for: orders and money ever, of a month, and what was looked at', () => {
    const asks: Ask[] = [
      { compute: 'count' },
      { compute: 'sum', property: 'revenue' },
      { compute: 'first', property: 'category' },
      { compute: 'last', property: 'category' },
      { compute: 'count', last: '24h' },
      { compute: 'unique', property: 'sku', last: '30d' },
    ]
    const bytes = asks.reduce((sum, ask) => sum + worstStateBytes(need(ask)), 0)
    expect(bytes).toBeLessThanOrEqual(AGGREGATE_BYTES)
  })

  it('unique keeps the same hashes in whatever order, and as few', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 80, size: 'max' }),
        (values) => {
          const { of, join: both, read: told } = MEASURES.unique
          const cells = values.map((value) => of(value, 0, '') as string)
          const forth = cells.reduce<string>((a, b) => both(a, b) as string, '')
          const back = cells.reduceRight<string>((a, b) => both(b, a) as string, '')
          expect(back).toBe(forth)
          const distinct = new Set(cells)
          const smallest = [...distinct].sort().slice(0, KEPT_VALUES + 1)
          expect(forth).toBe(smallest.join(''))
          if (distinct.size <= KEPT_VALUES) expect(told(forth)).toEqual({ value: distinct.size })
          else expect(told(forth).sampled).toBe(true)
        },
      ),
    )
  })
})
