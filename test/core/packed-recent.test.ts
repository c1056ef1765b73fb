/** Recent events as they are stored: nothing is lost, and nothing grows. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digest } from '../../worker/core/hash.ts'
import {
  packRecent,
  unpackRecent,
  type PackedRecent,
} from '../../worker/core/profile/packed-recent.ts'
import type { Profile, RecentEvent } from '../../worker/core/profile/profile.ts'
import { profileText, storedProfile } from '../../worker/core/profile/stored.ts'
import { blank, folded, stream } from './people.ts'

const numRuns = Number(process.env['TSUGI_RUNS'] ?? 300)
const END_MS = 64 ** 7

const properties = fc.oneof(
  fc.constant(0 as const),
  fc.dictionary(
    fc.string({ maxLength: 8 }),
    fc.oneof(fc.string(), fc.integer(), fc.constant(null)),
    {
      maxKeys: 3,
      noNullPrototype: true,
    },
  ),
)
/** Mostly as a fold leaves them; now and then of a form that nothing here writes. */
const event = (names: fc.Arbitrary<string>): fc.Arbitrary<RecentEvent> =>
  fc.tuple(
    fc.oneof(
      { weight: 60, arbitrary: fc.integer({ min: 1e8, max: END_MS - 1 }) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(-1, 0, 1e8 - 1, 0.5, END_MS, Number.MAX_SAFE_INTEGER),
      },
    ),
    fc.oneof(
      { weight: 60, arbitrary: fc.string().map(digest) },
      { weight: 1, arbitrary: fc.constantFrom('', 'short', 'ninechars'.replace('c', 'ç')) },
    ),
    names,
    properties,
  )
const few = fc.constantFrom('Product Viewed', '$page', 'カート', '')
const many = fc.nat({ max: 200 }).map((n) => `Event ${n}`)
const list = (names: fc.Arbitrary<string>) =>
  fc.array(event(names), { maxLength: 100, size: 'max' })
const lists = fc.oneof(list(few), list(many))

type Pack = (recent: readonly RecentEvent[]) => PackedRecent | readonly RecentEvent[]
const readsBack = (pack: Pack) =>
  fc.property(lists, (recent) => {
    const stored = JSON.parse(JSON.stringify(pack(recent))) as PackedRecent
    expect(unpackRecent(stored)).toEqual(recent)
  })

describe('recent events, packed', () => {
  it('read back as they were, of whatever form', () => {
    fc.assert(readsBack(packRecent), { numRuns })
  })

  it('have teeth: names that take turns, properties of the neighbour', () => {
    const packedAs = (change: (packed: PackedRecent) => PackedRecent): Pack => {
      return (recent) => {
        const packed = packRecent(recent)
        return typeof packed[0] === 'string' ? change(packed as PackedRecent) : packed
      }
    }
    const broken: Pack[] = [
      packedAs(([entries, names, ...rest]) => [entries, names.toReversed(), ...rest]),
      packedAs(([entries, names, some]) =>
        some === undefined ? [entries, names] : [entries, names, some.toReversed()],
      ),
      packedAs(([entries, names]) => [entries, names]),
    ]
    for (const pack of broken) expect(() => fc.assert(readsBack(pack), { numRuns })).toThrow()
  })

  it('are never longer than the list', () => {
    fc.assert(
      fc.property(lists, (recent) => {
        const bytes = JSON.stringify(packRecent(recent)).length
        expect(bytes).toBeLessThanOrEqual(JSON.stringify(recent).length)
      }),
      { numRuns },
    )
  })

  it('are a third as long where they are what a shop sends', () => {
    const recent = Array.from({ length: 100 }, (_, i): RecentEvent => {
      return [1_790_000_000_000 + i, digest(`m${i}`), 'Product Viewed', 0]
    })
    expect(JSON.stringify(packRecent(recent))).toHaveLength(100 * 17 + 23)
    expect(JSON.stringify(recent).length).toBeGreaterThan(4000)
  })

  it('are in a profile that was stored, and a plain list of an earlier form is read', () => {
    fc.assert(
      fc.property(stream(), (records) => {
        // As JSON has it: without zeros below zero.
        const profile = JSON.parse(JSON.stringify(folded(records))) as Profile
        const text = profileText(profile)
        expect(storedProfile(JSON.parse(text))).toEqual(profile)
        expect(text.length).toBeLessThanOrEqual(JSON.stringify(profile).length)
        const earlier = { ...profile, schema: 2 }
        expect(storedProfile(JSON.parse(JSON.stringify(earlier)))).toEqual(profile)
      }),
      { numRuns },
    )
    expect(JSON.parse(profileText(blank())).recent).toEqual([])
  })
})
