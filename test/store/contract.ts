/**
 * What every profile store keeps, whatever it is built on. One suite, run
 * against each adapter inside workerd.
 */
import { describe, expect, it } from 'vitest'
import { formerly } from '../../worker/core/identity/former.ts'
import type { Identifier } from '../../worker/core/identity/identifier.ts'
import { emptyProfile, type Profile } from '../../worker/core/profile/profile.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import type {
  Commit,
  DueProfiles,
  ProfilePage,
  ProfilesById,
  ProfileScan,
  ProfileStore,
  Stocks,
} from '../../worker/flow/ports.ts'
import { rivalsContract } from './rivals.ts'

export interface StoreUnderTest {
  readonly store: ProfileStore & ProfilesById & ProfileScan & DueProfiles & Stocks
  readonly meter: { trips: number }
  /** The id that somebody new of this identifier gets. */
  readonly newId: (first: Identifier) => string
  /** Trips of a load by an identifier that the profile was not made of. */
  readonly tripsAway: 1 | 2
  /** Every record ever committed, in commit order. */
  readonly logged: () => Promise<EventRecord[]>
}

let serial = 0
const unique = (name: string): string => `${name}-${++serial}`

const anonymous = (value: string) => ({ type: 'anonymous_id', value })

const person = (id: string, device: string, traits: Profile['traits'] = {}): Profile => ({
  ...emptyProfile(id, `anonymous_id:${device}`),
  identifiers: [{ type: 'anonymous_id', value: device, firstSeenMs: 1, lastSeenMs: 1 }],
  traits,
})

const record = (messageId: string, profileId: string): EventRecord => ({
  type: 'track',
  event: 'E',
  messageId,
  source: 's',
  profileId,
  epoch: 1,
  timestampMs: 1,
  receivedAtMs: 1,
  originalTimestampMs: null,
  sentAtMs: null,
})

const commitOf = (over: Partial<Commit>): Commit => ({
  id: unique('commit'),
  receivedAtMs: 1,
  profiles: [],
  identifiers: [],
  records: [],
  ...over,
})

/** A commit that makes somebody new. */
const birth = (id: string, device: string): Commit =>
  commitOf({
    profiles: [{ profile: person(id, device), expect: 0 }],
    identifiers: [{ identifier: anonymous(device), was: null, now: id }],
    records: [record(`m-${id}`, id)],
  })

export function profileStoreContract(name: string, open: () => StoreUnderTest): void {
  describe(`${name} keeps the store's contract`, () => {
    const { store, meter, newId, tripsAway, logged } = open()

    it('knows nobody before the first commit', async () => {
      expect(await store.load([anonymous(unique('nobody'))])).toEqual([])
      expect(await store.load([])).toEqual([])
    })

    it('loads what was committed, by any of several identifiers, in one trip', async () => {
      const devices = [unique('a'), unique('b')] as const
      const [a, b] = devices.map((device) => newId(anonymous(device))) as [string, string]
      await store.commit(birth(a, devices[0]))
      await store.commit(birth(b, devices[1]))
      const before = meter.trips
      const asked = [...devices, unique('none')]
      const loaded = await store.load(asked.map(anonymous))
      expect(meter.trips - before).toBe(1)
      expect(loaded.map(({ profile, version }) => [profile.id, version])).toEqual(
        expect.arrayContaining([
          [a, 1],
          [b, 1],
        ]),
      )
      expect(loaded).toHaveLength(2)
      expect(loaded.find(({ profile }) => profile.id === a)?.profile).toEqual(person(a, devices[0]))
    })

    describe('a hint of whose the identifiers may be', () => {
      /** Two people, and one who was merged into the first: two of each one's devices. */
      const people = async () => {
        const devices = [unique('made'), unique('came'), unique('else'), unique('gone')] as const
        const [made, came, other, gone] = devices
        const [owner, stranger, tombstone] = [made, other, gone].map((device) =>
          newId(anonymous(device)),
        ) as [string, string, string]
        for (const [id, device] of [
          [owner, made],
          [stranger, other],
          [tombstone, gone],
        ] as const) {
          await store.commit(birth(id, device))
        }
        const joined: Profile = {
          ...person(owner, made),
          identifiers: [made, came, gone].flatMap((device) => person(owner, device).identifiers),
        }
        const merged = commitOf({
          profiles: [
            { profile: joined, expect: 1 },
            { profile: emptyProfile(tombstone, ''), expect: 1, mergedInto: owner },
          ],
          identifiers: [
            { identifier: anonymous(came), was: null, now: owner },
            { identifier: anonymous(gone), was: tombstone, now: owner },
          ],
          records: [record(unique('m'), owner)],
        })
        expect(await store.commit(merged)).toEqual({ done: true })
        return { made, came, gone, other, owner, stranger, tombstone }
      }
      const loaded = async (devices: readonly string[], hint?: string) => {
        const before = meter.trips
        const found = await store.load(devices.map(anonymous), hint)
        const byId = found.toSorted((a, b) => (a.profile.id < b.profile.id ? -1 : 1))
        return { found: byId, trips: meter.trips - before }
      }

      it('saves a trip where it is right', async () => {
        const { came, gone, owner } = await people()
        for (const device of [came, gone]) {
          const plain = await loaded([device])
          expect(plain).toMatchObject({ trips: tripsAway, found: [{ profile: { id: owner } }] })
          expect(await loaded([device], owner)).toEqual({ ...plain, trips: 1 })
        }
      })

      it('changes nothing else where it is stale, forged, or nothing that could be one', async () => {
        const { made, came, other, stranger, tombstone, owner } = await people()
        const nobody = unique('nobody')
        const hints = [
          tombstone,
          stranger,
          nobody,
          '',
          '*',
          '../p:x',
          `${owner}\u0000`,
          'x'.repeat(10_000),
          '__proto__',
        ]
        for (const devices of [[made], [came], [other], [came, other], [nobody], []]) {
          const plain = await loaded(devices)
          for (const hint of hints) expect(await loaded(devices, hint)).toEqual(plain)
          // Right or wrong, it finds nobody whom no identifier leads to.
          const { found } = await loaded(devices, owner)
          expect(found).toEqual(plain.found)
        }
      })
    })

    it('commits records that change nobody, only while the owners that were read still hold', async () => {
      const id = unique('watched')
      await store.commit(birth(id, id))
      const watching = (was: string | null): Commit =>
        commitOf({
          identifiers: [{ identifier: anonymous(id), was, now: was }],
          records: [record(unique('m'), id)],
        })
      const held = watching(id)
      expect(await store.commit(held)).toEqual({ done: true })
      const stale = watching(null)
      expect(await store.commit(stale)).toMatchObject({ done: false, current: [{ version: 1 }] })
      const messageIds = (await logged()).map(({ messageId }) => messageId)
      expect(messageIds).toContain(held.records[0]?.messageId)
      expect(messageIds).not.toContain(stale.records[0]?.messageId)
    })

    it('commits records of nobody at all', async () => {
      const written = commitOf({ records: [record(unique('m'), 'nobody')] })
      expect(await store.commit(written)).toEqual({ done: true })
      const messageIds = (await logged()).map(({ messageId }) => messageId)
      expect(messageIds).toContain(written.records[0]?.messageId)
    })

    it('takes of a stock with the commit, as long as there is enough for all of it', async () => {
      const key = unique('stock')
      expect((await store.taken([key])).get(key) ?? 0).toBe(0)
      const taking = (take: number): Commit => {
        const id = unique('buyer')
        return { ...birth(id, id), stock: [{ key, take, total: 5 }] }
      }
      const first = taking(3)
      expect(await store.commit(first)).toEqual({ done: true })
      // The same again, after an answer that was lost.
      expect(await store.commit(first)).toEqual({ done: true })
      expect((await store.taken([key])).get(key)).toBe(3)
      const tooMuch = taking(3)
      const refused = await store.commit(tooMuch)
      expect(refused).toMatchObject({ done: false })
      expect(!refused.done && refused.taken?.get(key)).toBe(3)
      expect((await store.taken([key])).get(key)).toBe(3)
      expect(await store.load([tooMuch.identifiers[0]!.identifier])).toEqual([])
      const messageIds = (await logged()).map(({ messageId }) => messageId)
      expect(messageIds).not.toContain(tooMuch.records[0]?.messageId)
      expect(await store.commit(taking(2))).toEqual({ done: true })
      expect(await store.commit(taking(1))).toMatchObject({ done: false })
      meter.trips = 0
      expect((await store.taken([key, unique('other')])).get(key)).toBe(5)
      expect(meter.trips).toBe(1)
    })

    it('of twenty commits at once for a stock of seven exactly seven are done', async () => {
      const key = unique('stock')
      const results = await Promise.all(
        Array.from({ length: 20 }, () => {
          const id = unique('buyer')
          return store.commit({ ...birth(id, id), stock: [{ key, take: 1, total: 7 }] })
        }),
      )
      expect(results.filter(({ done }) => done)).toHaveLength(7)
      expect((await store.taken([key])).get(key)).toBe(7)
    })

    it('commits in one trip', async () => {
      const id = unique('trip')
      const before = meter.trips
      expect(await store.commit(birth(id, id))).toEqual({ done: true })
      expect(meter.trips - before).toBe(1)
    })

    it('refuses a stale version, changes nothing, and tells how things stand', async () => {
      const id = unique('stale')
      await store.commit(birth(id, id))
      const update = (plan: string): Commit =>
        commitOf({
          profiles: [
            {
              profile: person(id, id, { plan: { value: plan, at: [1, 'x'], source: 's' } }),
              expect: 1,
            },
          ],
          identifiers: [{ identifier: anonymous(id), was: id, now: id }],
          records: [record(unique('m'), id)],
        })
      const winner = update('first')
      const loser = update('second')
      expect(await store.commit(winner)).toEqual({ done: true })
      const result = await store.commit(loser)
      expect(result).toMatchObject({
        done: false,
        current: [{ version: 2, profile: { traits: { plan: { value: 'first' } } } }],
      })
      const ids = (await logged()).map(({ messageId }) => messageId)
      expect(ids).toContain(winner.records[0]?.messageId)
      expect(ids).not.toContain(loser.records[0]?.messageId)
    })

    it('refuses when an identifier has another owner than was read, and shows that owner', async () => {
      const [owner, late, device] = [unique('owner'), unique('late'), unique('device')]
      await store.commit(birth(owner, device))
      const result = await store.commit(birth(late, device))
      expect(result).toMatchObject({ done: false, current: [{ profile: { id: owner } }] })
      expect((await store.load([anonymous(device)])).map(({ profile }) => profile.id)).toEqual([
        owner,
      ])
    })

    it('refuses when an identifier that was only read has moved', async () => {
      const [owner, other, device] = [unique('read'), unique('other'), unique('device')]
      await store.commit(birth(owner, device))
      const result = await store.commit(
        commitOf({
          profiles: [{ profile: person(other, unique('d')), expect: 0 }],
          identifiers: [{ identifier: anonymous(device), was: null, now: null }],
          records: [record(unique('m'), other)],
        }),
      )
      expect(result.done).toBe(false)
    })

    it('all or nothing: one stale profile among several stops them all', async () => {
      const [stale, fresh] = [unique('stale'), unique('fresh')]
      await store.commit(birth(stale, stale))
      const result = await store.commit(
        commitOf({
          profiles: [
            { profile: person(fresh, fresh), expect: 0 },
            { profile: person(stale, stale), expect: 7 },
          ],
          identifiers: [{ identifier: anonymous(fresh), was: null, now: fresh }],
          records: [record(unique('m'), fresh)],
        }),
      )
      expect(result.done).toBe(false)
      expect(await store.load([anonymous(fresh)])).toEqual([])
    })

    it('repeating the very same commit at once is safe', async () => {
      const id = unique('again')
      const commit = birth(id, id)
      expect(await store.commit(commit)).toEqual({ done: true })
      expect(await store.commit(commit)).toEqual({ done: true })
      expect((await store.load([anonymous(id)]))[0]?.version).toBe(1)
      expect((await logged()).filter(({ messageId }) => messageId === `m-${id}`)).toHaveLength(1)
    })

    it('a commit without records changes people and leaves nothing in the log', async () => {
      const id = unique('silent')
      await store.commit(birth(id, id))
      const before = await logged()
      const silent = commitOf({
        profiles: [{ profile: { ...person(id, id), lastSeenMs: 7 }, expect: 1 }],
        identifiers: [{ identifier: anonymous(id), was: id, now: id }],
        records: [],
      })
      expect(await store.commit(silent)).toEqual({ done: true })
      expect(await store.load([anonymous(id)])).toMatchObject([
        { version: 2, profile: { lastSeenMs: 7 } },
      ])
      const refused = await store.commit({ ...silent, id: unique('refused') })
      expect(refused).toMatchObject({ done: false, current: [{ version: 2 }] })
      expect(await logged()).toEqual(before)
      // What comes after it is in its place.
      await store.commit(birth(unique('next'), unique('next')))
      expect(await logged()).toHaveLength(before.length + 1)
    })

    it('merges: survivor, tombstone, identifiers moved, in one commit', async () => {
      const [keeps, goes] = [unique('keeps'), unique('goes')]
      await store.commit(birth(keeps, keeps))
      await store.commit(birth(goes, goes))
      const survivor: Profile = {
        ...person(keeps, keeps),
        identifiers: [...person(keeps, keeps).identifiers, ...person(goes, goes).identifiers],
      }
      const result = await store.commit(
        commitOf({
          profiles: [
            { profile: survivor, expect: 1 },
            { profile: emptyProfile(goes, ''), expect: 1, mergedInto: keeps },
          ],
          identifiers: [
            { identifier: anonymous(keeps), was: keeps, now: keeps },
            { identifier: anonymous(goes), was: goes, now: keeps },
          ],
          records: [record(unique('m'), keeps)],
        }),
      )
      expect(result).toEqual({ done: true })
      const loaded = await store.load([anonymous(goes)])
      expect(loaded).toMatchObject([{ version: 2, mergedInto: null, profile: { id: keeps } }])
    })

    it('lets go of an identifier that made room', async () => {
      const id = unique('room')
      await store.commit(birth(id, id))
      await store.commit(
        commitOf({
          profiles: [{ profile: { ...person(id, id), identifiers: [] }, expect: 1 }],
          identifiers: [{ identifier: anonymous(id), was: id, now: null }],
          records: [record(unique('m'), id)],
        }),
      )
      expect(await store.load([anonymous(id)])).toEqual([])
    })

    it('finds who let an identifier go, by that and as a tombstone too, and they own nothing by it', async () => {
      const [id, device] = [unique('let-go'), unique('device')]
      const gone = formerly(anonymous(device))
      await store.commit(birth(id, device))
      const letGo = commitOf({
        profiles: [{ profile: { ...person(id, device), identifiers: [] }, expect: 1 }],
        identifiers: [{ identifier: anonymous(device), was: id, now: null }],
        former: [{ identifier: gone, profileId: id }],
        records: [record(unique('m'), id)],
      })
      expect(await store.commit(letGo)).toEqual({ done: true })
      expect(await store.load([anonymous(device)])).toEqual([])
      const [found, ...others] = await store.load([anonymous(device), gone])
      expect([found?.profile.id, found?.profile.identifiers, others]).toEqual([id, [], []])

      // Somebody else takes it, is merged into a third, and lets it go: the last one is found.
      const [other, third] = [unique('other'), unique('third')]
      expect(await store.commit(birth(other, device))).toEqual({ done: true })
      const both = await store.load([anonymous(device), gone])
      expect(new Set(both.map(({ profile }) => profile.id))).toEqual(new Set([id, other]))
      const again = commitOf({
        profiles: [{ profile: { ...person(other, device), identifiers: [] }, expect: 1 }],
        identifiers: [{ identifier: anonymous(device), was: other, now: null }],
        former: [{ identifier: gone, profileId: other }],
        records: [record(unique('m'), other)],
      })
      expect(await store.commit(again)).toEqual({ done: true })
      await store.commit(birth(third, third))
      const merge = commitOf({
        profiles: [{ profile: emptyProfile(other, ''), expect: 2, mergedInto: third }],
        records: [record(unique('m'), third)],
      })
      expect(await store.commit(merge)).toEqual({ done: true })
      expect(await store.load([gone])).toMatchObject([
        { version: 3, mergedInto: third, profile: { id: other, identifiers: [] } },
      ])

      // What a refused commit would have let go stays as it was.
      const refused = commitOf({
        profiles: [{ profile: person(third, third), expect: 7 }],
        identifiers: [{ identifier: anonymous(third), was: third, now: null }],
        former: [{ identifier: gone, profileId: third }],
        records: [record(unique('m'), third)],
      })
      expect(await store.commit(refused)).toMatchObject({
        done: false,
        current: [{ version: 1, profile: { id: third } }],
      })
      expect((await store.load([gone])).map(({ profile }) => profile.id)).toEqual([other])
    })

    it('keeps texts as they are', async () => {
      const id = unique('text')
      const odd = '継ぎ "quoted" \\ \u0000 \u2028 🧶 ' + 'x'.repeat(1000)
      const device = `${id} ' ; " ﷽ 🧵`
      const profile = person(id, device, { odd: { value: odd, at: [1, 'x'], source: 's' } })
      await store.commit(
        commitOf({
          profiles: [{ profile, expect: 0 }],
          identifiers: [{ identifier: anonymous(device), was: null, now: id }],
          records: [{ ...record(unique('m'), id), properties: { odd } }],
        }),
      )
      expect((await store.load([anonymous(device)]))[0]?.profile).toEqual(profile)
      expect((await logged()).at(-1)?.properties).toEqual({ odd })
    })

    it('of 32 who make the same person at once exactly one wins, twenty times over', async () => {
      for (let round = 0; round < 20; round++) {
        const device = unique('race')
        const results = await Promise.all(
          Array.from({ length: 32 }, (_, i) => store.commit(birth(`${device}-${i}`, device))),
        )
        expect(results.filter(({ done }) => done)).toHaveLength(1)
        const losers = results.flatMap((result) => (result.done ? [] : result.current))
        expect(new Set(losers.map(({ profile }) => profile.id)).size).toBe(1)
        expect(await store.load([anonymous(device)])).toHaveLength(1)
      }
    })

    /** Ids in the order they came; each page may hold less than was asked for. */
    const everybody = async (limit: number, between: () => Promise<void> = async () => {}) => {
      const ids: string[] = []
      let after: string | null = null
      do {
        const page: ProfilePage = await store.scan(after, limit)
        ids.push(...page.profiles.map(({ profile }) => profile.id))
        after = page.next
        await between()
      } while (after !== null)
      return ids
    }

    it('pages through everybody, tombstones too, with versions as they are', async () => {
      const made = Array.from({ length: 40 }, () => newId(anonymous(unique('scan'))))
      await Promise.all(made.map((id) => store.commit(birth(id, unique('device')))))
      const [keeps, goes] = made as [string, string]
      await store.commit(
        commitOf({
          profiles: [
            { profile: person(keeps, keeps), expect: 1 },
            { profile: emptyProfile(goes, ''), expect: 1, mergedInto: keeps },
          ],
          records: [record(unique('m'), keeps)],
        }),
      )
      for (const limit of [1, 7, 500]) {
        const ids = await everybody(limit)
        expect(new Set(ids).size).toBe(ids.length)
        expect(ids).toEqual(expect.arrayContaining(made))
      }
      const { profiles } = await store.scan(null, 500)
      expect(profiles.find(({ profile }) => profile.id === goes)).toMatchObject({
        version: 2,
        mergedInto: keeps,
      })
    })

    it('loses nobody who was there while others come and change', async () => {
      const made = Array.from({ length: 30 }, () => newId(anonymous(unique('stays'))))
      await Promise.all(made.map((id) => store.commit(birth(id, unique('device')))))
      let changed = 0
      const ids = await everybody(5, async () => {
        const id = made[changed++ % made.length] as string
        if (changed <= made.length) {
          await store.commit(
            commitOf({
              profiles: [{ profile: person(id, unique('d')), expect: 1 }],
              records: [record(unique('m'), id)],
            }),
          )
        }
        if (changed <= 20) await store.commit(birth(newId(anonymous(unique('n'))), unique('n')))
      })
      expect(ids).toEqual(expect.arrayContaining(made))
    })

    it('finds people by their ids, tombstones too, in one trip', async () => {
      const [keeps, goes] = [unique('by-id'), unique('by-id')]
      await store.commit(birth(keeps, keeps))
      await store.commit(birth(goes, goes))
      await store.commit(
        commitOf({
          profiles: [{ profile: emptyProfile(goes, ''), expect: 1, mergedInto: keeps }],
          records: [record(unique('m'), keeps)],
        }),
      )
      const before = meter.trips
      const found = await store.byIds([keeps, unique('nobody'), goes])
      expect(meter.trips - before).toBe(1)
      expect(found).toHaveLength(2)
      expect(found).toEqual(
        expect.arrayContaining([
          { profile: person(keeps, keeps), version: 1, mergedInto: null },
          expect.objectContaining({ version: 2, mergedInto: keeps }),
        ]),
      )
      expect(await store.byIds([])).toEqual([])
    })

    const dueAt = async (nowMs: number, limit = 100): Promise<string[]> =>
      (await store.due(nowMs, limit)).map(({ profile }) => profile.id)
    /** One person, due at a moment; null is never. */
    const due = (id: string, expect: number, dueMs: number | null): Commit =>
      commitOf({
        profiles: [{ profile: person(id, id), expect, dueMs }],
        records: [record(unique('m'), id)],
      })

    it('tells who is due, the longest due first, and how many wait', async () => {
      expect(await dueAt(1_000_000)).toEqual([])
      expect(await store.dueBacklog(1_000_000)).toEqual({ profiles: 0, oldestMs: null })
      const ids = [300, 100, 200].map(() => newId(anonymous(unique('due'))))
      const [c, a, b] = ids as [string, string, string]
      for (const [i, id] of ids.entries()) {
        await store.commit(due(id, 0, [300, 100, 200][i] as number))
      }
      expect(await dueAt(99)).toEqual([])
      expect(await dueAt(200)).toEqual([a, b])
      expect(await dueAt(1_000_000, 2)).toEqual([a, b])
      expect((await store.due(100, 1))[0]).toMatchObject({ version: 1, mergedInto: null })
      expect(await store.dueBacklog(250)).toEqual({ profiles: 2, oldestMs: 100 })
      // Later, never, and as it was: a commit that does not name it leaves it.
      await store.commit(due(a, 1, 400))
      await store.commit(due(b, 1, null))
      await store.commit(commitOf({ profiles: [{ profile: person(c, c), expect: 1 }] }))
      expect(await dueAt(1_000_000)).toEqual([c, a])
      // Who loses a race moves nothing.
      expect((await store.commit(due(c, 1, 1))).done).toBe(false)
      expect(await store.dueBacklog(1_000_000)).toEqual({ profiles: 2, oldestMs: 300 })
      for (const id of [a, c]) await store.commit(due(id, 2, null))
      expect(await dueAt(1_000_000)).toEqual([])
    })

    it('takes several in one commit, some due and some not', async () => {
      const ids = Array.from({ length: 6 }, () => newId(anonymous(unique('mixed'))))
      const all = (expect: number, dueMs: number | null) =>
        commitOf({
          profiles: ids.map((id, i) => ({
            profile: person(id, id),
            expect,
            ...(i % 2 === 0 ? { dueMs } : {}),
          })),
        })
      expect(await store.commit(all(0, 50))).toEqual({ done: true })
      expect((await dueAt(50)).sort()).toEqual(ids.filter((_, i) => i % 2 === 0).sort())
      expect(await store.commit(all(1, null))).toEqual({ done: true })
      expect(await dueAt(50)).toEqual([])
      const { profiles } = await store.scan(null, 500)
      const versions = profiles.filter(({ profile }) => ids.includes(profile.id))
      expect(new Set(versions.map(({ version }) => version))).toEqual(new Set([2]))
    })

    rivalsContract({ store, meter, newId })

    it('ends a page before it grows too large', async () => {
      const text = 'x'.repeat(60_000)
      const made = Array.from({ length: 100 }, () => newId(anonymous(unique('heavy'))))
      for (const id of made) {
        const profile = person(id, id, { text: { value: text, at: [1, 'x'], source: 's' } })
        await store.commit(
          commitOf({ profiles: [{ profile, expect: 0 }], records: [record(unique('m'), id)] }),
        )
      }
      expect(await everybody(100)).toEqual(expect.arrayContaining(made))
    })
  })
}
