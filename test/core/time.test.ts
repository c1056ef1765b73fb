import { describe, expect, it } from 'vitest'
import { correctTimes, durationMs, instantMs } from '../../worker/core/time.ts'

const RECEIVED_MS = Date.UTC(2026, 2, 1, 12)

describe('instants', () => {
  it.each([
    ['2026-03-01', Date.UTC(2026, 2, 1)],
    ['2026-03-01T09:00:00Z', Date.UTC(2026, 2, 1, 9)],
    ['2026-03-01T18:00:00+09:00', Date.UTC(2026, 2, 1, 9)],
    ['2026-03-01T09:00:00', Date.UTC(2026, 2, 1, 9)],
    ['2026-03-01 09:00:00.123456Z', Date.UTC(2026, 2, 1, 9, 0, 0, 123)],
    [1_772_355_600_000, 1_772_355_600_000],
    ['2026-02-30T00:00:00Z', null],
    ['2026-13-01', null],
    ['1', null],
    ['March 1, 2026', null],
    ['', null],
    ['x'.repeat(100), null],
    [Number.NaN, null],
    [Infinity, null],
    [-1, null],
    [1e300, null],
    [null, null],
    [{}, null],
  ])('%j is %j', (value, expected) => {
    expect(instantMs(value)).toBe(expected)
  })

  it('durations', () => {
    expect(['90s', '30m', '24h', '7d', '2w'].map(durationMs)).toEqual([
      90_000, 1_800_000, 86_400_000, 604_800_000, 1_209_600_000,
    ])
  })
})

describe('correction of a wrong clock', () => {
  const at = (originalTimestamp?: string, sentAt?: string) => {
    const result = correctTimes({ originalTimestamp, sentAt }, null, RECEIVED_MS)
    return result.ok ? result.value.timestampMs - RECEIVED_MS : result.error
  }
  it.each([
    ['an hour slow', '2026-03-01T10:59:50Z', '2026-03-01T11:00:00Z', -10_000],
    ['ten years fast', '2036-03-01T12:00:00Z', '2036-03-01T12:05:00Z', -300_000],
    ['no sentAt', '2026-03-01T11:00:00Z', undefined, -3_600_000],
    ['no time at all', undefined, undefined, 0],
    ['in the future', '2027-01-01T00:00:00Z', undefined, 0],
    ['sent before it happened', '2026-03-01T12:00:00Z', '2026-03-01T11:00:00Z', 0],
    ['no time', 'yesterday', undefined, 'originalTimestamp'],
    ['sent at no time', '2026-03-01T12:00:00Z', 'later', 'sentAt'],
    ['before 1970 once corrected', '1971-01-01T00:00:00Z', '2040-01-01T00:00:00Z', 'timestamp'],
  ])('%s', (_name, original, sentAt, expected) => {
    expect(at(original, sentAt)).toBe(expected)
  })
})
