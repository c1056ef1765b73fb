/** L3: who people are and what is known of them, from the log of their records alone. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { identityMap } from '../../worker/core/identity/identity-map.ts'
import { emptyProfile } from '../../worker/core/profile/profile.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import {
  profilesNamed,
  rebuild,
  type Rebuilt,
  type RebuiltPeople,
} from '../../worker/core/replay/rebuild.ts'
import * as v from 'valibot'
import { configuration } from '../../worker/contract/config.ts'
import { allotSlots } from '../../worker/core/membership/slots.ts'
import { compileRelease } from '../../worker/core/release/compile.ts'
import { trackedSegments } from '../../worker/core/release/segments.ts'
import { rules } from './people.ts'
import { delivery, identity, NOW_MS, open, secret, world, type World } from './world.ts'
import { expectCaught } from './teeth.ts'

const config = v.parse(configuration, {
  workspace: { name: 'W' },
  sources: [{ key: 's', name: 'S', writeKey: 'wk_test' }],
  segments: [
    { key: 'busy', name: 'Busy', when: { event: 'E', count: { gte: 3 }, last: '30m' } },
    { key: 'often', name: 'Often', when: { event: 'E', count: { gte: 5 } } },
  ],
})
const slots = allotSlots([], trackedSegments(config)).map((change) => ({
  ...change,
  sinceEpoch: 1,
  versionEpoch: 1,
}))
const { membership } = compileRelease(config, { number: 1, epoch: 1, stopped: false, slots }).rules
const ours = { ...rules(), identity, membership }

const step = fc.record({
  // More than the five that stay: some make room and come again.
  device: fc.constantFrom('d1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7'),
  user: fc.option(fc.constantFrom('u1', 'u2', 'u3'), { nil: undefined, freq: 3 }),
  alias: fc.option(fc.constantFrom('u1', 'u2'), { nil: undefined, freq: 12 }),
  id: fc.integer({ min: 0, max: 60 }),
  minute: fc.integer({ min: 0, max: 100 }),
})

const batch = fc.oneof(
  { weight: 24, arbitrary: fc.array(step, { minLength: 1, maxLength: 4 }) },
  // One of the merges that there are then is undone.
  { weight: 1, arbitrary: fc.nat({ max: 20 }) },
)

/** A world after a hostile history: retries with another time, lates, merges and undone ones, devices that make room. */
const worlds = fc.array(batch, { maxLength: 40, size: 'max' }).map((batches) => {
  const w = world(() => ({ rules: ours }))
  let arrivedMs = NOW_MS + 86_400_000
  for (const batch of batches) {
    if (typeof batch === 'number') {
      const merged = w.tombstones()
      const id = merged[batch % merged.length]
      if (id !== undefined) w.undo(id)
      continue
    }
    w.send(
      ...batch.map(({ device, user, alias, id, minute }) => {
        const messageId = `m${id}`
        const atMs = NOW_MS + minute * 60_000
        return alias !== undefined && user !== undefined
          ? delivery(
              { messageId, type: 'alias', userId: user, previousId: alias },
              secret,
              atMs,
              arrivedMs++,
            )
          : delivery({ messageId, anonymousId: device, userId: user }, open, atMs, arrivedMs++)
      }),
    )
  }
  return w
})

const runs = { numRuns: Number(process.env['TSUGI_RUNS'] ?? 150) }

/** All that must be equal: the drop counts and the epoch are not content, nor is when memberships were looked at. */
const facts = (people: RebuiltPeople) =>
  [...people]
    .map(([id, { profile, mergedInto }]) => {
      const { dropped: _dropped, epoch: _epoch, membership: standing, ...content } = profile
      return { id, mergedInto, content, in: standing?.in ?? '' }
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1))

function rebuilt(people: RebuiltPeople, log: readonly EventRecord[]): RebuiltPeople {
  const result = rebuild(people, log, ours)
  if (!result.ok) throw new Error(`${result.error.reason}: ${result.error.messageId}`)
  return result.value
}

const ownersOf = (people: RebuiltPeople): Map<string, string> =>
  new Map(
    [...people].flatMap(([id, { profile, mergedInto }]) =>
      mergedInto === null
        ? profile.identifiers.map(({ type, value }) => [`${type}:${value}`, id] as const)
        : [],
    ),
  )

describe('L3: replay equals live', () => {
  it('content, identifiers, split key, tombstones, and who owns what', () => {
    fc.assert(
      fc.property(worlds, (w) => {
        const people = rebuilt(new Map(), w.log)
        expect(facts(people)).toEqual(facts(w.profiles))
        expect(ownersOf(people)).toEqual(w.owners)
      }),
      runs,
    )
  })

  it('in pieces of any size, with only those at hand whom a piece names', () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 1, max: 7 }), (w, size) => {
        const kept = new Map<string, Rebuilt>()
        for (let at = 0; at < w.log.length; at += size) {
          const piece = w.log.slice(at, at + size)
          const atHand = new Map<string, Rebuilt>()
          let ids = piece.flatMap(profilesNamed)
          while (ids.length > 0) {
            const found = ids.flatMap((id) => kept.get(id) ?? [])
            for (const person of found) atHand.set(person.profile.id, person)
            ids = found.flatMap(({ mergedInto }) => mergedInto ?? [])
          }
          for (const [id, person] of rebuilt(atHand, piece)) kept.set(id, person)
        }
        expect(facts(kept)).toEqual(facts(w.profiles))
      }),
      runs,
    )
  })

  it('whatever else comes between the commits of one person', () => {
    fc.assert(
      fc.property(fc.tuple(worlds, worlds), fc.infiniteStream(fc.boolean()), ([a, b], coin) => {
        // Two outboxes that know nothing of each other, as the shards of Redis.
        const queues: [EventRecord[], EventRecord[]] = [[...a.log], [...b.log]]
        const log: EventRecord[] = []
        for (const first of coin) {
          const [queue, other] = first ? queues : [queues[1], queues[0]]
          log.push(...(queue.length > 0 ? queue : other).splice(0, 1))
          if (queues[0].length + queues[1].length === 0) break
        }
        expect(facts(rebuilt(new Map(), log))).toEqual(
          facts(new Map([...a.profiles, ...b.profiles])),
        )
      }),
      runs,
    )
  })

  /** The database went back to an earlier moment: up to four of the records that followed come again. */
  const filedAgain = (w: World, cut: number): readonly EventRecord[] => {
    const from = w.log.length === 0 ? 0 : cut % w.log.length
    return w.log.slice(Math.max(from, w.log.length - 4))
  }

  const countsOnce = (w: World, records: readonly EventRecord[]): void => {
    const once = rebuilt(new Map(), w.log)
    const again = new Map([...once, ...rebuilt(once, records)])
    expect(facts(again)).toEqual(facts(once))
  }

  it('records that were filed twice count once, while whoever they were logged for knows them', () => {
    fc.assert(
      fc.property(worlds, fc.nat(), (w, cut) => {
        const once = rebuilt(new Map(), w.log)
        const known = filedAgain(w, cut).filter(isWhereLogged(w)).filter(isRemembered(once))
        countsOnce(w, known)
      }),
      runs,
    )
  })

  it('more than that cannot be promised: neither of what is forgotten nor of what an undo gave away', () => {
    const forgetful = world(() => ({ rules: ours }))
    for (let i = 0; i < 20; i++) {
      const atMs = NOW_MS + i * 600_000
      const message = { messageId: `n${i}`, anonymousId: 'd1', event: 'viewed' }
      forgetful.send(delivery(message, open, atMs))
    }
    expect(() => countsOnce(forgetful, forgetful.log.slice(-1))).not.toThrow()
    expect(() => countsOnce(forgetful, forgetful.log.slice(0, 1))).toThrow()

    const parted = world(() => ({ rules: ours }))
    parted.send(delivery({ messageId: 'a', anonymousId: 'kiosk' }, open, NOW_MS - 2))
    parted.send(delivery({ messageId: 'b', userId: 'u1' }, open, NOW_MS - 1))
    parted.send(delivery({ messageId: 'c', userId: 'u1', anonymousId: 'kiosk' }))
    parted.send(delivery({ messageId: 'd', userId: 'u1' }))
    const [absorbed] = parted.tombstones() as [string]
    expect(parted.undo(absorbed)).toBeNull()
    const filed = (messageId: string) => parted.log.filter((r) => r.messageId === messageId)
    expect(filed('a').every(isWhereLogged(parted))).toBe(true)
    expect(() => countsOnce(parted, filed('a'))).not.toThrow()
    expect(filed('d').some(isWhereLogged(parted))).toBe(false)
    expect(() => countsOnce(parted, filed('d'))).toThrow()
  })

  it('an undo that was filed twice does not take back whom its people met since', () => {
    const w = world(() => ({ rules: ours }))
    w.send(delivery({ messageId: 'a', userId: 'u1', anonymousId: 'd1' }))
    w.send(delivery({ messageId: 'b', userId: 'u2' }))
    w.send(delivery({ messageId: 'c', type: 'alias', userId: 'u1', previousId: 'u2' }, secret))
    const [absorbed] = w.tombstones() as [string]
    expect(w.undo(absorbed)).toBeNull()
    const undone = w.log.slice(w.log.findIndex(({ type }) => type === '$unmerge'))
    w.send(delivery({ messageId: 'd', anonymousId: 'd2' }, open, NOW_MS - 1))
    w.send(delivery({ messageId: 'e', userId: 'u2', anonymousId: 'd2' }))
    expect(w.profiles.get(absorbed)?.mergedInto).not.toBeNull()
    countsOnce(w, undone)
  })

  it('has teeth: room that nobody makes, merges that nobody follows, lates that count', () => {
    const broken: Record<string, (record: EventRecord) => EventRecord[]> = {
      released: ({ released: _released, ...record }) => [record],
      merges: (record) => (record.type === '$merge' ? [] : [record]),
      undos: (record) => (record.type === '$unmerge' ? [] : [record]),
      lates: ({ late: _late, ...record }) => [record],
      segments: (record) => (record.type === '$segment' ? [] : [record]),
      identifiers: ({ identifiers: _identifiers, ...record }) => [record],
    }
    for (const [name, rule] of Object.entries(broken)) {
      // Room is made seldom: it takes a person with six devices.
      expectCaught(
        fc.property(worlds, (w) => {
          expect(facts(rebuilt(new Map(), w.log.flatMap(rule)))).toEqual(facts(w.profiles))
        }),
        name,
      )
    }
  })
})

/** Still of whom it was logged for: what an undo gave to somebody else is not remembered there. */
const isWhereLogged = (w: World) => {
  const map = identityMap()
  for (const record of w.log) map.note(record)
  return (record: EventRecord): boolean =>
    map.ownerOf(record) === map.livingId(record.profileId ?? '')
}

/** Within the memory of whoever it is of: what is older is told by nobody. */
const isRemembered =
  (people: RebuiltPeople) =>
  ({ profileId, timestampMs, type }: EventRecord): boolean => {
    let person = people.get(profileId as string)
    while (person !== undefined && person.mergedInto !== null)
      person = people.get(person.mergedInto)
    return (
      type.startsWith('$') || timestampMs > ((person?.profile.seenFloorSeconds ?? 0) + 60) * 1000
    )
  }

describe('what cannot be rebuilt is said, not passed over', () => {
  const record = (over: Partial<EventRecord>): EventRecord => ({
    type: 'track',
    messageId: 'm1',
    source: 's',
    profileId: 'p1',
    epoch: 1,
    timestampMs: NOW_MS,
    receivedAtMs: NOW_MS,
    originalTimestampMs: null,
    sentAtMs: null,
    ...over,
  })
  const fault = (over: object) => rebuild(new Map(), [record(over)], ours)

  it('a record of a type that is not known', () => {
    for (const type of ['$future', 'toString', '__proto__', '']) {
      expect(fault({ type })).toEqual({
        ok: false,
        error: { reason: 'unknown_record', type, messageId: 'm1' },
      })
    }
  })

  it('an entry that does not say where', () => {
    for (const properties of [
      undefined,
      { segment: 'busy' },
      { segment: 'busy', change: 'left' },
    ]) {
      expect(fault({ type: '$segment', properties })).toMatchObject({
        ok: false,
        error: { reason: 'broken_record' },
      })
    }
  })

  it('a merge that does not say of whom', () => {
    for (const properties of [undefined, {}, { survivor: 'p1' }, { survivor: 1, absorbed: 'p2' }]) {
      expect(fault({ type: '$merge', properties })).toMatchObject({
        ok: false,
        error: { reason: 'broken_record' },
      })
    }
  })

  it('records of nobody, and late ones of somebody who is not there, make nobody', () => {
    expect(fault({ profileId: null })).toEqual({ ok: true, value: new Map() })
    expect(fault({ late: true })).toEqual({ ok: true, value: new Map() })
  })

  it('an undone merge that does not say what came of it', () => {
    for (const properties of [undefined, {}, { leaves: 'p1', along: {} }, { documents: [] }]) {
      expect(fault({ type: '$unmerge', properties })).toMatchObject({
        ok: false,
        error: { reason: 'broken_record' },
      })
    }
  })

  it('a merge with somebody of whom nothing is known leaves a tombstone', () => {
    const properties = { survivor: 'p1', absorbed: 'p2' }
    const result = fault({ type: '$merge', properties })
    expect(result.ok && result.value.get('p2')).toEqual({
      mergedInto: 'p1',
      profile: { ...emptyProfile('p2', 'p2'), epoch: 1, mergedMs: NOW_MS },
    })
  })
})
