/** What was meant by a name that is none is found in time, among however many. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { changesBetween } from '../../worker/core/nearest.ts'
import { checkConfiguration, MOST_FAULTS } from '../../worker/core/release/check.ts'
import { configurationOf } from './deciding.ts'

/** https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance#Optimal_string_alignment_distance */
function allChanges(a: string, b: string): number {
  const table = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number): number => table[i]?.[j] ?? Infinity
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    table[i] = row
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (same ? 0 : 1),
        swapped ? at(i - 2, j - 2) + 1 : Infinity,
      )
    }
  }
  return at(a.length, b.length)
}

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 9 })
const countsAs = (count: typeof changesBetween) =>
  fc.property(word, word, fc.nat({ max: 4 }), (a, b, most) => {
    expect(count(a, b, most)).toBe(Math.min(allChanges(a, b), most + 1))
  })

it('changes are counted beside the diagonal as over the whole table', () => {
  fc.assert(countsAs(changesBetween), { numRuns: 3000 })
  const narrow: typeof changesBetween = (a, b, most) =>
    Math.min(changesBetween(a, b, Math.max(0, most - 1)), most + 1)
  expect(() => fc.assert(countsAs(narrow), { numRuns: 3000 })).toThrow()
})

it('of thousands of references that lead nowhere so many are told as anybody reads', () => {
  const key = (i: number): string =>
    `a-key-as-long-as-one-may-be-and-alike-to-the-last-few-${String(i).padStart(6, '0')}`
  const segments = Array.from({ length: 2000 }, (_, i) => ({
    key: key(i),
    name: 'Segment',
    when: { segment: key(900_000 + i) },
  }))
  const faults = checkConfiguration(configurationOf({ segments }))
  expect(faults).toHaveLength(MOST_FAULTS)
  expect(faults[0]?.allowed).toContain('? There are: ')
})
