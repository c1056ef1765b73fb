/** Counters in few bytes: what is kept is enough for every cap, and never more than was reckoned. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../worker/contract/message.ts'
import { EXPOSURE_BYTES } from '../../worker/core/profile/caps.ts'
import {
  counterBytes,
  Counts,
  foldExposures,
  MINUTE_MS,
  type CounterNeed,
  type Exposure,
} from '../../worker/core/profile/exposures.ts'
import { packedId } from '../../worker/core/profile/packed.ts'
import { emptyProfile } from '../../worker/core/profile/profile.ts'
import { storedProfile } from '../../worker/core/profile/stored.ts'
import { longestVarints, varint, VarintReader } from '../../worker/core/profile/varint.ts'
import { checkConfiguration } from '../../worker/core/release/check.ts'
import { configurationOf } from './deciding.ts'

const NOW_MS = Date.UTC(2026, 2, 1)
const need = fc.record({
  windowMs: fc.constantFrom(0, MINUTE_MS, 3_600_000, 86_400_000, 31 * 86_400_000),
  newest: fc.integer({ min: 1, max: 40 }),
  ever: fc.boolean(),
})
const times = fc.array(fc.integer({ min: NOW_MS - 40 * 86_400_000, max: NOW_MS }), {
  maxLength: 120,
  size: 'max',
})

describe('packed numbers', () => {
  it('read as they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 30 - 1 })), (numbers) => {
        const reader = new VarintReader(numbers.map(varint).join(''))
        for (const n of numbers) expect(reader.next()).toBe(n)
        expect(reader.next()).toBe(-1)
      }),
    )
  })

  it('never take more characters than reckoned for their sum', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50_000 }), { maxLength: 200, size: 'max' }),
        (numbers) => {
          const sum = numbers.reduce((a, b) => a + b, 0)
          const text = numbers.map(varint).join('')
          expect(text.length).toBeLessThanOrEqual(longestVarints(numbers.length, sum))
        },
      ),
    )
    // And some do take as many.
    expect(longestVarints(3, 2000)).toBe([1024, 32, 32].map(varint).join('').length)
  })
})

describe('a counter', () => {
  it('tells whether a cap is reached as counting all exposures would, to the minute', () => {
    fc.assert(
      fc.property(need, times, (need, all) => {
        const exposures = all.map((ms): Exposure => ['count', ms])
        const packed = foldExposures('', exposures, new Map([['count', need]]), NOW_MS)
        const counts = new Counts(packed)
        // A cap that counts half of the window, and allows as many as are kept or fewer.
        const fromMs = NOW_MS - need.windowMs / 2
        const counted = counts.between('count', fromMs, NOW_MS)
        const exact = all.filter((ms) => ms > fromMs).length
        const whole = all.filter((ms) => ms > fromMs - MINUTE_MS).length
        expect(counted).toBeGreaterThanOrEqual(Math.min(exact, need.newest))
        expect(counted).toBeLessThanOrEqual(whole)
        expect(counts.ever('count')).toBe(need.ever ? all.length : 0)
      }),
    )
  })

  it('is never larger than was reckoned', () => {
    fc.assert(
      fc.property(need, times, (need, all) => {
        const exposures = all.map((ms): Exposure => ['count', ms])
        const packed = foldExposures('', exposures, new Map([['count', need]]), NOW_MS)
        expect(packed.length).toBeLessThanOrEqual(counterBytes(need))
      }),
    )
  })

  it('begins no earlier than 2020, and the minutes of 2083 still fit', () => {
    const need: CounterNeed = { windowMs: 86_400_000, newest: 3, ever: false }
    const needs = new Map([['count', need]])
    const late = Date.UTC(2083, 0, 1)
    const packed = foldExposures('', [['count', late]], needs, late)
    expect(new Counts(packed).between('count', late - 1, late)).toBe(1)
    expect(packed.length).toBeLessThanOrEqual(counterBytes(need))
    const old = foldExposures('', [['count', Date.UTC(2001, 0, 1)]], needs, Date.UTC(2001, 0, 1))
    expect(new Counts(old).between('count', 0, NOW_MS)).toBe(1)
  })
})

const withActions = (count: number, caps: readonly JsonObject[]) =>
  configurationOf({
    placements: [{ key: 'hero', name: 'Hero', fields: { headline: 'text' } }],
    actions: Array.from({ length: count }, (_, i) => ({
      key: `a-${i}`,
      name: `Action ${i}`,
      content: { headline: 'x' },
      caps,
    })),
    policies: [],
  })

describe('the room for caps in a profile', () => {
  const day = [{ max: 3, per: '24h' }]
  const wholeNeed: CounterNeed = { windowMs: 86_400_000, newest: 3, ever: false }

  it('holds 200 actions each capped at 3 in 24 hours, with room to spare', () => {
    expect(checkConfiguration(withActions(200, day))).toEqual([])
    expect(200 * counterBytes(wholeNeed)).toBe(3400)
    expect(checkConfiguration(withActions(200, [...day, { max: 9, per: 'lifetime' }]))).toEqual([])
  })

  it('says what to do when it is too small', () => {
    const most = Math.floor(EXPOSURE_BYTES / counterBytes(wholeNeed))
    expect(checkConfiguration(withActions(most, day))).toEqual([])
    const [fault, ...others] = checkConfiguration(withActions(most + 1, day))
    expect(others).toEqual([])
    expect(fault).toMatchObject({
      path: 'actions',
      wrong: expect.stringContaining(
        `${(most + 1) * 17} bytes in a profile; the largest: impression:action:`,
      ),
      allowed: expect.stringContaining('cap the policy, the campaign or a tag'),
    })
  })
})

describe('a profile of the form before', () => {
  it('is read: its counters are packed, an exposure no earlier than it was', () => {
    const quarter = NOW_MS / 900_000
    const old = {
      ...emptyProfile('p', 's'),
      schema: 1,
      arms: undefined,
      exposures: { 'impression:action:a': [7, quarter - 2, 1, quarter - 1, 2] },
    }
    const read = storedProfile(old)
    expect(read.schema).toBe(3)
    const counts = new Counts(read.exposures)
    const id = packedId('impression:action:a')
    expect(counts.ever(id)).toBe(7)
    expect(counts.between(id, NOW_MS - 86_400_000, NOW_MS)).toBe(3)
    expect(counts.between(id, NOW_MS - 900_000, NOW_MS)).toBe(2)
    expect(storedProfile(read)).toBe(read)
  })
})
