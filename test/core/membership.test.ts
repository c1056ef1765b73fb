/** Entries and exits: each once, for its own reason, at its own moment. */
import * as v from 'valibot'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Condition } from '../../worker/contract/condition.ts'
import { configuration } from '../../worker/contract/config.ts'
import type { LoadedProfile } from '../../worker/core/ingest/delivery.ts'
import { MAX_MOMENTS, MAX_MOVES } from '../../worker/core/membership/evaluate.ts'
import { allotSlots, type Slot } from '../../worker/core/membership/slots.ts'
import { revisit } from '../../worker/core/membership/visit.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { compileRelease } from '../../worker/core/release/compile.ts'
import type { Release } from '../../worker/core/release/release.ts'
import { trackedSegments } from '../../worker/core/release/segments.ts'
import { delivery, secret, world } from './world.ts'
import { expectCaught } from './teeth.ts'

const T0 = Date.UTC(2026, 2, 1)
const MINUTE = 60_000

/** Releases one after the other, each under the next epoch. */
function publisher() {
  let slots: Slot[] = []
  let epoch = 0
  return (segments: Readonly<Record<string, Condition>>): Release => {
    epoch++
    const config = v.parse(configuration, {
      workspace: { name: 'W' },
      sources: [{ key: 's', name: 'S', writeKey: 'wk_test' }],
      segments: Object.entries(segments).map(([key, when]) => ({ key, name: key, when })),
    })
    const table = new Map(slots.map((slot) => [slot.slot, slot]))
    for (const { sinceEpoch, ...change } of allotSlots(slots, trackedSegments(config))) {
      table.set(change.slot, { ...change, sinceEpoch: sinceEpoch ?? epoch, versionEpoch: epoch })
    }
    slots = [...table.values()]
    return compileRelease(config, { number: epoch, epoch, stopped: false, slots })
  }
}

const seenIn = (last: string, gte = 1): Condition => ({ event: 'Seen', count: { gte }, last })

/** The segment records among these, as [segment, change, why, minutes after T0]. */
const told = (records: readonly EventRecord[]): [string, string, string, number][] =>
  records.flatMap(({ type, properties, timestampMs }) => {
    const { segment, change, why } = (properties ?? {}) as Record<string, string>
    const minutes = (timestampMs - T0) / MINUTE
    return type === '$segment' ? [[segment ?? '', change ?? '', why ?? '', minutes]] : []
  })

/** One person under changing releases, as a store would keep them. */
function life(first: Release) {
  let release = first
  let person: LoadedProfile | null = null
  let serial = 0
  const { send, profiles, log } = world(() => ({ rules: release.rules }))
  const at = (minutes: number): number => T0 + minutes * MINUTE
  return {
    log,
    under(next: Release) {
      release = next
    },
    see(minutes: number, over: object = {}) {
      const result = send(
        delivery(
          { event: 'Seen', messageId: `m${++serial}`, userId: 'kei', ...over },
          secret,
          at(minutes),
        ),
      )
      person = [...profiles.values()].find(({ mergedInto }) => mergedInto === null) ?? null
      return told(result.records)
    },
    visit(minutes: number) {
      if (person === null) throw new Error('nobody yet')
      const present = { rules: release.rules.membership, epoch: release.epoch, nowMs: at(minutes) }
      const { profile, expect: version, records } = revisit(person, present)
      person = { profile, version: version + 1, mergedInto: null }
      profiles.set(profile.id, person)
      log.push(...records)
      return told(records)
    },
    dueMinutes: () => {
      const dueMs = person?.profile.membership?.dueMs
      return dueMs === undefined ? null : (dueMs - T0) / MINUTE
    },
    text: () => person?.profile.membership?.in,
    person: () => person as unknown as LoadedProfile,
  }
}

describe('what moves somebody', () => {
  it('an event: in and, by time, out again at the very moment', () => {
    const kei = life(publisher()({ fresh: seenIn('30m') }))
    expect(kei.see(0)).toEqual([['fresh', 'entered', 'event', 0]])
    expect(kei.dueMinutes()).toBe(30)
    expect(kei.see(5)).toEqual([])
    // Moving it would cost a write; the visit finds the later one.
    expect(kei.dueMinutes()).toBe(30)
    expect(kei.visit(31)).toEqual([])
    expect(kei.dueMinutes()).toBe(35)
    expect(kei.visit(90)).toEqual([['fresh', 'exited', 'time', 35]])
    expect(kei.dueMinutes()).toBeNull()
  })

  it('time, in and out, both found by one late visit, or by an event before it', () => {
    const quiet: Condition = { all: [{ not: seenIn('10m') }, seenIn('20m')] }
    const bySweep = life(publisher()({ quiet }))
    bySweep.see(0)
    expect(bySweep.visit(60)).toEqual([
      ['quiet', 'entered', 'time', 10],
      ['quiet', 'exited', 'time', 20],
    ])
    const byEvent = life(publisher()({ quiet }))
    byEvent.see(0)
    expect(byEvent.see(60)).toEqual([
      ['quiet', 'entered', 'time', 10],
      ['quiet', 'exited', 'time', 20],
    ])
    const ids = byEvent.log.map(({ messageId }) => messageId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('a publish, at the next touch, also of a segment that means another thing now', () => {
    const publish = publisher()
    const kei = life(publish({ often: seenIn('9d', 2), other: { trait: 'x', eq: 1 } }))
    kei.see(0)
    kei.under(publish({ often: seenIn('9d', 1), other: { trait: 'x', eq: 1 } }))
    expect(kei.see(1, { event: 'Else' })).toEqual([['often', 'entered', 'publish', 1]])
    kei.under(publish({ often: seenIn('9d', 3), fresh: seenIn('9d') }))
    expect(kei.visit(2)).toEqual([
      ['often', 'exited', 'publish', 2],
      ['fresh', 'entered', 'publish', 2],
    ])
  })

  it('what was due before a publish keeps its moment and its reason', () => {
    const publish = publisher()
    const kei = life(publish({ fresh: seenIn('30m') }))
    kei.see(0)
    kei.under(publish({ fresh: seenIn('30m'), week: seenIn('1w') }))
    expect(kei.visit(50)).toEqual([
      ['fresh', 'exited', 'time', 30],
      ['week', 'entered', 'publish', 50],
    ])
  })

  it('nothing, where an epoch only passed', () => {
    const publish = publisher()
    const kei = life(publish({ fresh: seenIn('1w') }))
    kei.see(0)
    kei.under(publish({ fresh: seenIn('1w') }))
    expect(kei.see(1)).toEqual([])
  })

  it('a rollback finds who was in', () => {
    const publish = publisher()
    const segments = { fresh: seenIn('1w'), pro: { trait: 'plan', eq: 'pro' } as const }
    const kei = life(publish(segments))
    kei.see(0)
    kei.under(publish({ pro: segments.pro }))
    expect(kei.see(1)).toEqual([])
    kei.under(publish(segments))
    expect(kei.see(2)).toEqual([])
  })

  it('a merge: in where either was, each side brought up first', () => {
    const release = publisher()({
      fresh: seenIn('30m'),
      often: seenIn('1w', 2),
      two: seenIn('1w', 3),
    })
    const { send } = world(() => ({ rules: release.rules }))
    const from = (minutes: number, messageId: string, who: object, event = 'Seen') =>
      told(send(delivery({ event, messageId, ...who }, secret, T0 + minutes * MINUTE)).records)
    from(0, 'a1', { anonymousId: 'phone' })
    from(1, 'a2', { anonymousId: 'phone' })
    from(2, 'b1', { userId: 'kei' })
    const moves = from(40, 'c', { userId: 'kei', anonymousId: 'phone' }, 'Else')
    expect(moves.sort((a, b) => a[3] - b[3])).toEqual([
      ['fresh', 'exited', 'time', 31],
      ['fresh', 'exited', 'time', 32],
      ['two', 'entered', 'merge', 40],
    ])
  })
})

describe('bounds', () => {
  it('more moves than a commit takes follow at once, for the same reason', () => {
    const publish = publisher()
    const many = Object.fromEntries(
      Array.from({ length: MAX_MOVES + 40 }, (_, i) => [`s${i}`, seenIn('1w')]),
    )
    const kei = life(publish({ first: seenIn('1w') }))
    kei.see(0)
    kei.under(publish({ first: seenIn('1w'), ...many }))
    const now = kei.see(1)
    expect(now).toHaveLength(MAX_MOVES)
    expect(kei.dueMinutes()).toBe(1)
    const rest = kei.visit(2)
    expect(rest).toHaveLength(40)
    expect(new Set(rest.map(([, , why, at]) => `${why} ${at}`))).toEqual(new Set(['publish 1']))
    expect(new Set([...now, ...rest].map(([segment]) => segment)).size).toBe(MAX_MOVES + 40)
    expect(kei.visit(3)).toEqual([])
  })

  it('after so many moments it is the present at once, and says so', () => {
    // In and out with each minute: an odd number of the last ten events or none.
    const odd: Condition = {
      any: Array.from({ length: 50 }, (_, i) => ({
        event: 'Seen',
        count: { eq: 2 * i + 1 },
        last: '100m',
      })),
    }
    const kei = life(publisher()({ odd }))
    for (let i = 0; i < 99; i++) kei.see(i)
    const before = kei.log.length
    const moves = kei.visit(1000)
    expect(moves).toHaveLength(MAX_MOMENTS + 1)
    expect(moves.every(([, , why]) => why === 'time')).toBe(true)
    const inexact = kei.log
      .slice(before)
      .filter(({ properties }) => properties?.['exact'] === false)
    expect(inexact.map(({ timestampMs }) => (timestampMs - T0) / MINUTE)).toEqual([1000])
  })

  it('time never runs back: an isolate whose clock is behind evaluates for the later moment', () => {
    const kei = life(publisher()({ fresh: seenIn('30m') }))
    kei.see(0)
    expect(kei.visit(30)).toEqual([['fresh', 'exited', 'time', 30]])
    expect(kei.see(29.9, { event: 'Else' })).toEqual([])
  })

  it('where no segment ever was, nothing is kept', () => {
    const kei = life(publisher()({}))
    kei.see(0)
    expect(kei.person().profile).not.toHaveProperty('membership')
  })
})

const segments = {
  fresh: seenIn('30m'),
  busy: seenIn('20m', 3),
  gone: { all: [{ not: seenIn('15m') }, seenIn('3h')] },
  later: { seen: 'last', before: '-40m' },
  nested: { any: [{ segment: 'busy' }, { segment: 'later' }] },
} as const satisfies Record<string, Condition>

/** Gaps between events in minutes, and when the sweep comes by. */
const course = fc.record({
  gaps: fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 8, size: 'max' }),
  visits: fc.array(fc.integer({ min: 0, max: 800 }), { maxLength: 10, size: 'max' }),
})
type Life = ReturnType<typeof life>
type Visit = (kei: Life, minutes: number) => void

/** Everything that ever happened to somebody, visited at these minutes and at the end. */
function lived(gaps: readonly number[], visits: readonly number[], visit: Visit) {
  const kei = life(publisher()(segments))
  let at = 0
  const steps = [
    ...gaps.map((gap) => [(at += gap), 'see'] as const),
    ...visits.map((minutes) => [minutes + gaps[0]!, 'visit'] as const),
    [1200, 'visit'] as const,
  ].sort(([a, what], [b, other]) => a - b || (what < other ? -1 : 1))
  for (const [minutes, what] of steps) {
    if (what === 'see') kei.see(minutes)
    else visit(kei, minutes)
  }
  return told(kei.log)
    .map(([segment, change, why, minutes]) => `${minutes} ${segment} ${change} ${why}`)
    .sort((a, b) => Number.parseFloat(a) - Number.parseFloat(b) || (a < b ? -1 : 1))
}
const whenTheSweepComesDoesNotMatter = (visit: Visit) =>
  fc.property(course, ({ gaps, visits }) => {
    const everyMinute = Array.from({ length: 1200 }, (_, i) => i)
    expect(lived(gaps, visits, visit)).toEqual(lived(gaps, everyMinute, visit))
  })

describe('whenever the sweep comes, what it finds is the same', () => {
  const visitIfDue: Visit = (kei, minutes) => {
    const due = kei.dueMinutes()
    if (due !== null && due <= minutes) kei.visit(minutes)
  }

  it('every entry and exit at its moment', () => {
    fc.assert(whenTheSweepComesDoesNotMatter(visitIfDue), { numRuns: 60 })
  })

  it('has teeth: a sweep that takes the time it comes for the time it happened', () => {
    const lazy: Visit = (kei, minutes) => {
      const { profile, version } = kei.person()
      const dueMs = profile.membership?.dueMs
      if (dueMs !== undefined && dueMs <= T0 + minutes * MINUTE) {
        const late = { ...profile.membership, dueMs: T0 + minutes * MINUTE }
        Object.assign(kei.person(), { profile: { ...profile, membership: late }, version })
        kei.visit(minutes)
      }
    }
    expectCaught(whenTheSweepComesDoesNotMatter(lazy))
  })
})
