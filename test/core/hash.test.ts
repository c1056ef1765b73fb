import { describe, expect, it } from 'vitest'
import {
  digest,
  fraction,
  fromSortableDigits,
  murmur3,
  sortableDigits,
} from '../../worker/core/hash.ts'

describe('murmur3', () => {
  // Vectors of the reference implementation (SMHasher), as Wikipedia and others list them.
  it.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['test', 0, 0xba6bd213],
    ['test', 0x9747b28c, 0x704b81dc],
    ['Hello, world!', 0, 0xc0363e43],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['The quick brown fox jumps over the lazy dog', 0, 0x2e4ff723],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
  ])('%j with seed %i', (text, seed, expected) => {
    expect(murmur3(text, seed)).toBe(expected)
  })

  it('hashes UTF-8, not UTF-16', () => {
    expect(murmur3('ππππππππ', 0x9747b28c)).toBe(0xd58063c1)
  })
})

describe('sortable digits', () => {
  it('sort as their numbers and read back', () => {
    const numbers = [0, 1, 63, 64, 4095, 4096, 2 ** 35, 2 ** 36 - 1]
    const texts = numbers.map((n) => sortableDigits(n, 6))
    expect([...texts].sort()).toEqual(texts)
    expect(texts.map(fromSortableDigits)).toEqual(numbers)
  })
})

describe('digest', () => {
  it('is nine digits, and none of 200,000 messageIds share one', () => {
    const seen = new Set<string>()
    for (let i = 0; i < 200_000; i++) seen.add(digest(`message-${i}`))
    expect(seen.size).toBe(200_000)
    expect(digest('x')).toHaveLength(9)
  })
})

/** Pearson's chi-squared statistic of counts against equal expectation. */
const chiSquared = (counts: readonly number[]): number => {
  const expected = counts.reduce((sum, n) => sum + n, 0) / counts.length
  return counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)
}

describe('fraction', () => {
  it('is uniform over a million people', () => {
    const buckets = Array<number>(100).fill(0)
    for (let i = 0; i < 1_000_000; i++) {
      const at = Math.floor(fraction('seed', `anonymous_id:${i}`) * 100)
      buckets[at] = (buckets[at] as number) + 1
    }
    // 99 degrees of freedom: 160.1 is exceeded by chance once in ten thousand.
    expect(chiSquared(buckets)).toBeLessThan(160.1)
  })

  it('is independent between seeds: no carry-over from one experiment to the next', () => {
    const cells = Array<number>(100).fill(0)
    for (let i = 0; i < 1_000_000; i++) {
      const a = Math.floor(fraction('experiment-1', `user_id:${i}`) * 10)
      const b = Math.floor(fraction('experiment-2', `user_id:${i}`) * 10)
      cells[a * 10 + b] = (cells[a * 10 + b] as number) + 1
    }
    expect(chiSquared(cells)).toBeLessThan(160.1)
  })
})
