/** Pages over everybody. */
import { expect, it } from 'vitest'
import { emptyProfile } from '../../worker/core/profile/profile.ts'
import type { ProfilePage } from '../../worker/flow/ports.ts'
import { unique, anonymous, person, record, commitOf, birth } from './contract-people.ts'
import type { StoreUnderTest } from './contract.ts'

export function scanContract({ store, newId }: StoreUnderTest): void {
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
}
