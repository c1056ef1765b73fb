/** Who is due to be looked at again, and since when. */
import { expect, it } from 'vitest'
import type { Commit } from '../../worker/flow/ports.ts'
import { unique, anonymous, person, record, commitOf } from './contract-people.ts'
import type { StoreUnderTest } from './contract.ts'

export function dueContract({ store, newId }: StoreUnderTest): void {
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
}
