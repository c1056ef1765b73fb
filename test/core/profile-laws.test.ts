/**
 * The profile's laws over hostile streams. Each law is also shown to have
 * teeth: a rule broken on purpose, which the same property catches.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digest } from '../../worker/core/hash.ts'
import { CAPS, MAX_PROFILE_BYTES, worstCaseBytes } from '../../worker/core/profile/caps.ts'
import { stateOf } from '../../worker/core/profile/aggregates.ts'
import { fold, mergeProfiles } from '../../worker/core/profile/fold.ts'
import type { Profile } from '../../worker/core/profile/profile.ts'
import { addSeen, hasSeen, seenAmong } from '../../worker/core/profile/seen.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { blank, contentOf, folded, ON_DEMAND, rules, stream } from './people.ts'
import { expectCaught } from './teeth.ts'

/** 300 runs in a moment; TSUGI_RUNS=10000 for the long form. */
const numRuns = Number(process.env['TSUGI_RUNS'] ?? 300)

const shuffledPair = stream().chain((records) =>
  fc.tuple(
    fc.constant(records),
    fc.shuffledSubarray(records, { minLength: records.length, maxLength: records.length }),
  ),
)
const parted = (parts: number) =>
  stream().chain((records) =>
    fc
      .array(fc.integer({ min: 0, max: parts - 1 }), {
        minLength: records.length,
        maxLength: records.length,
        size: 'max',
      })
      .map((where) =>
        Array.from({ length: parts }, (_, part) => records.filter((_r, i) => where[i] === part)),
      ),
  )

type Fold = (records: readonly EventRecord[]) => Profile
const orderMatters = (foldAll: Fold) =>
  fc.property(shuffledPair, ([records, shuffled]) => {
    expect(contentOf(foldAll(shuffled))).toEqual(contentOf(foldAll(records)))
  })

describe('L1: order and repetition do not matter', () => {
  it('any order, folded at once', () => {
    fc.assert(orderMatters(folded), { numRuns })
  })

  it('any order, folded one by one', () => {
    const oneByOne: Fold = (records) =>
      records.reduce((profile, record) => fold(profile, [record], rules()), blank())
    fc.assert(orderMatters(oneByOne), { numRuns })
    fc.assert(
      fc.property(stream(), (records) => {
        expect(contentOf(oneByOne(records))).toEqual(contentOf(folded(records)))
      }),
      { numRuns },
    )
  })

  it('what was folded is known again, unless it is older than what was evicted', () => {
    fc.assert(
      fc.property(stream(), (records) => {
        const profile = folded(records)
        for (const { messageId, timestampMs } of records) {
          const known = hasSeen(profile.seen, digest(messageId))
          const belowFloor = Math.floor(timestampMs / 1000) <= profile.seenFloorSeconds
          expect(known || belowFloor).toBe(true)
        }
      }),
      { numRuns },
    )
  })

  it('has teeth: the last to arrive must not win', () => {
    const lastArrivalWins: Fold = (records) => {
      const traits: Record<string, unknown> = {}
      for (const record of records) Object.assign(traits, record.traits)
      return { ...folded(records), traits } as Profile
    }
    expectCaught(orderMatters(lastArrivalWins))
  })

  it('has teeth: trimming by arrival must not pass', () => {
    const firstTraitsStay: Fold = (records) => {
      const kept = new Set<string>()
      for (const { traits } of records) {
        for (const name of Object.keys(traits ?? {})) if (kept.size < 4) kept.add(name)
      }
      const profile = folded(records, { caps: { ...rules().caps, traits: 100 } })
      const traits = Object.fromEntries(
        Object.entries(profile.traits).filter(([name]) => kept.has(name)),
      )
      return { ...profile, traits }
    }
    expectCaught(orderMatters(firstTraitsStay))
  })
})

type Merge = (a: Profile, b: Profile) => Profile
const mergeAll: Merge = (a, b) => mergeProfiles(a, b, rules())
const mergeIsFold = (merge: Merge) =>
  fc.property(parted(2), ([a = [], b = []]) => {
    expect(contentOf(merge(folded(a), folded(b)))).toEqual(contentOf(folded([...a, ...b])))
  })

describe('L2: merging profiles is folding their records', () => {
  it('merge(fold A, fold B) = fold(A and B)', () => {
    fc.assert(mergeIsFold(mergeAll), { numRuns })
  })

  it('is commutative, the split key too', () => {
    fc.assert(
      fc.property(parted(2), ([a = [], b = []]) => {
        const [one, two] = [folded(a, {}, 'one'), folded(b, {}, 'two')]
        const [ab, ba] = [mergeAll(one, two), mergeAll(two, one)]
        expect(contentOf(ab)).toEqual(contentOf(ba))
        expect(ab.splitKey).toBe(ba.splitKey)
      }),
      { numRuns },
    )
  })

  it('is associative', () => {
    fc.assert(
      fc.property(parted(3), ([a = [], b = [], c = []]) => {
        const [one, two, three] = [folded(a, {}, '1'), folded(b, {}, '2'), folded(c, {}, '3')]
        const left = mergeAll(mergeAll(one, two), three)
        const right = mergeAll(one, mergeAll(two, three))
        expect(contentOf(left)).toEqual(contentOf(right))
        expect(left.splitKey).toBe(right.splitKey)
      }),
      { numRuns },
    )
  })

  it('has teeth: lists of one side only, states that forget what recent events held', () => {
    const oneList: Merge = (a, b) => ({ ...mergeAll(a, b), lists: a.lists ?? {} })
    expectCaught(mergeIsFold(oneList))
    const fresh: Merge = (a, b) => {
      const merged = mergeAll(a, b)
      const forgotten = ON_DEMAND.map(({ id }) => [id, [0]] as const)
      return { ...merged, aggregates: { ...merged.aggregates, ...Object.fromEntries(forgotten) } }
    }
    expectCaught(mergeIsFold(fresh))
  })

  it('has teeth: counters of one side only, a floor that is forgotten', () => {
    const oneSide: Merge = (a, b) => ({ ...mergeAll(a, b), exposures: a.exposures })
    expectCaught(mergeIsFold(oneSide))
    const noCross: Merge = (a, b) => ({
      ...mergeAll(a, b),
      arms: a.arms === '' ? b.arms : a.arms,
    })
    expectCaught(mergeIsFold(noCross))
    const noFloor: Merge = (a, b) => ({ ...mergeAll(a, b), seenFloorSeconds: a.seenFloorSeconds })
    expectCaught(mergeIsFold(noFloor))
  })
})

describe('what conditions ask for by themselves', () => {
  it('is kept from when recent events leave, and is then what all events make', () => {
    let kept = 0
    fc.assert(
      fc.property(stream(), (records) => {
        const profile = folded(records)
        const all = folded(records, { caps: { ...rules().caps, recent: 1000 } })
        for (const need of ON_DEMAND) {
          expect(own(all, need.id)).toBeUndefined()
          expect(own(profile, need.id) === undefined).toBe(profile.recentFloorMs === 0)
          // Where all is remembered, the state is what the events tell.
          expect(stateOf(profile, need)).toEqual(stateOf(all, need))
          if (own(profile, need.id) !== undefined) kept++
        }
      }),
      { numRuns },
    )
    expect(kept).toBeGreaterThan(0)
  })
})

const own = ({ aggregates }: Profile, id: string) =>
  Object.hasOwn(aggregates, id) ? aggregates[id] : undefined

describe('L4: a profile is bounded', () => {
  it('by count in every section, whatever comes', () => {
    const { caps } = rules()
    fc.assert(
      fc.property(stream(60), (records) => {
        const profile = folded(records)
        expect(profile.recent.length).toBeLessThanOrEqual(caps.recent)
        expect(Object.keys(profile.traits).length).toBeLessThanOrEqual(caps.traits)
        expect(Object.keys(profile.lists ?? {}).length).toBeLessThanOrEqual(caps.lists)
        expect(Object.keys(profile.consents).length).toBeLessThanOrEqual(caps.consents)
        expect(profile.seen.length / 15).toBeLessThanOrEqual(caps.seen)
      }),
      { numRuns },
    )
  })

  it('in bytes: the sum of every section at its worst', () => {
    expect(worstCaseBytes(CAPS)).toBeLessThanOrEqual(MAX_PROFILE_BYTES)
  })
})

describe('what was seen', () => {
  const ids = fc.array(fc.nat({ max: 300 }), { maxLength: 60, size: 'max' })

  it('is the same looked up one by one and all at once', () => {
    fc.assert(
      fc.property(fc.array(ids, { maxLength: 6 }), ids, (people, asked) => {
        const texts = people.map((mine) => {
          let seen = { packed: '', floorSeconds: 0 }
          for (const id of mine) seen = addSeen(seen, digest(`m${id}`), id * 1000, 40)
          return seen.packed
        })
        const digests = asked.map((id) => digest(`m${id}`))
        const found = digests.filter((one) => texts.some((packed) => hasSeen(packed, one)))
        expect(seenAmong(texts, digests)).toEqual(new Set(found))
      }),
      { numRuns },
    )
  })
})
