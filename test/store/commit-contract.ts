/** A commit is whole or not at all, done once however often it is sent, and refused where what was read no longer holds. */
import { expect, it } from 'vitest'
import { formerly } from '../../worker/core/identity/former.ts'
import { emptyProfile, type Profile } from '../../worker/core/profile/profile.ts'
import type { Commit } from '../../worker/flow/ports.ts'
import { unique, anonymous, person, record, commitOf, birth } from './contract-people.ts'
import type { StoreUnderTest } from './contract.ts'

export function commitContract({ store, meter, logged }: StoreUnderTest): void {
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
}
