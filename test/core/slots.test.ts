/** Slots of segments, and the bits that stand in them. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  hasBit,
  packBits,
  setBit,
  uniteBits,
  unpackBits,
} from '../../worker/core/membership/bitmap.ts'
import { allotSlots, type Slot, type TrackedSegment } from '../../worker/core/membership/slots.ts'
import { expectCaught } from './teeth.ts'

/** As the store writes changes under the epoch that begins. */
function written(
  standing: readonly Slot[],
  wanted: readonly TrackedSegment[],
  epoch: number,
  of = 4,
) {
  const table = new Map(standing.map((slot) => [slot.slot, slot]))
  for (const { sinceEpoch, ...change } of allotSlots(standing, wanted, of)) {
    table.set(change.slot, { ...change, sinceEpoch: sinceEpoch ?? epoch, versionEpoch: epoch })
  }
  return [...table.values()]
}
const segments = (text: string): TrackedSegment[] =>
  text.split(' ').map((name) => ({ key: name[0] as string, version: name }))
const shown = (slots: readonly Slot[]) =>
  Object.fromEntries(slots.map((s) => [s.slot, [s.key, s.sinceEpoch, s.version, s.versionEpoch]]))

describe('slots', () => {
  it('stay while the segment does; a new meaning has its own epoch', () => {
    const first = written([], segments('a1 b1'), 1)
    expect(shown(first)).toEqual({ 0: ['a', 1, 'a1', 1], 1: ['b', 1, 'b1', 1] })
    expect(allotSlots(first, segments('a1 b1'))).toEqual([])
    expect(shown(written(first, segments('b2 a1 c1'), 2))).toEqual({
      0: ['a', 1, 'a1', 1],
      1: ['b', 1, 'b2', 2],
      2: ['c', 2, 'c1', 2],
    })
  })

  it('wait for a segment that is gone, so that a rollback finds its members', () => {
    const first = written([], segments('a1 b1'), 1)
    const without = written(first, segments('a1'), 2)
    expect(shown(without)[1]).toEqual(['b', 1, '', 2])
    expect(shown(written(without, segments('a1 b1'), 3))[1]).toEqual(['b', 1, 'b1', 3])
  })

  it('are given away when all have been used, the longest gone first', () => {
    let slots = written([], segments('a1 b1 c1 d1'), 1)
    slots = written(slots, segments('b1 c1 d1'), 2)
    slots = written(slots, segments('c1 d1'), 3)
    expect(shown(written(slots, segments('c1 d1 e1'), 4))).toMatchObject({
      0: ['e', 4, 'e1', 4],
      1: ['b', 1, '', 3],
    })
  })

  const history = fc.array(
    fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { minLength: 1, maxLength: 4 }),
    { maxLength: 12, size: 'max' },
  )
  type Write = typeof written
  const noneShared = (write: Write) =>
    fc.property(history, (releases) => {
      let slots: Slot[] = []
      for (const [i, keys] of releases.entries()) {
        const before = new Map(slots.map((slot) => [slot.slot, slot]))
        slots = write(
          slots,
          keys.map((key) => ({ key, version: `${key}1` })),
          i + 1,
        )
        const live = slots.filter(({ version }) => version !== '')
        expect(live.map(({ key }) => key).sort()).toEqual(keys.toSorted())
        expect(new Set(slots.map(({ key }) => key)).size).toBe(slots.length)
        for (const { slot, key, sinceEpoch } of slots) {
          expect(slot).toBeLessThan(4)
          // Whoever has another's slot says since when.
          if (before.get(slot)?.key !== key) expect(sinceEpoch).toBe(i + 1)
        }
      }
    })

  it('are one segment’s each, whatever is published in whatever order', () => {
    fc.assert(noneShared(written))
  })

  it('has teeth: a slot that is handed on without saying since when', () => {
    const silent: Write = (standing, wanted, epoch, of) =>
      written(standing, wanted, epoch, of).map((slot) => ({ ...slot, sinceEpoch: 1 }))
    expectCaught(noneShared(silent))
  })
})

describe('bits', () => {
  const slotSet = fc.uniqueArray(fc.nat({ max: 9_999 }), { maxLength: 200, size: 'max' })
  const textOf = (slots: readonly number[]): string => {
    const bits = unpackBits('', 10_000)
    for (const slot of slots) setBit(bits, slot, true)
    return packBits(bits)
  }

  it('come back as they were, in a text that JSON leaves alone', () => {
    fc.assert(
      fc.property(slotSet, fc.nat({ max: 9_999 }), (slots, other) => {
        const text = textOf(slots)
        expect(text.length).toBeLessThanOrEqual(1667)
        expect(JSON.stringify(text)).toBe(`"${text}"`)
        const bits = unpackBits(text, 0)
        for (const slot of slots) expect(hasBit(bits, slot)).toBe(true)
        expect(hasBit(bits, other)).toBe(slots.includes(other))
        for (const slot of slots) setBit(bits, slot, false)
        expect(packBits(bits)).toBe('')
      }),
    )
  })

  it('of two people are those of either', () => {
    fc.assert(
      fc.property(slotSet, slotSet, (a, b) => {
        expect(uniteBits(textOf(a), textOf(b))).toBe(textOf([...a, ...b]))
      }),
    )
  })
})
