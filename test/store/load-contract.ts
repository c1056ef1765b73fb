/** People are found by any of their identifiers or by their ids; a hint of who they are may only save a trip. */
import { describe, expect, it } from 'vitest'
import { emptyProfile, type Profile } from '../../worker/core/profile/profile.ts'
import { unique, anonymous, person, record, commitOf, birth } from './contract-people.ts'
import type { StoreUnderTest } from './contract.ts'

export function loadContract({ store, meter, newId, tripsAway }: StoreUnderTest): void {
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
}
