/** Static lists through the whole worker. Run on each store. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { ListMode } from '../../worker/contract/lists.ts'
import type { Deps } from '../../worker/deps.ts'
import { listsOf } from '../../worker/core/profile/lists.ts'
import { beginUpload, finishUpload, takeMembers } from '../../worker/flow/upload-list.ts'
import { configuration } from '../worker/site.ts'
import type { Site } from './sweep-contract.ts'

const T0 = Date.UTC(2027, 0, 1)

export function listContract(name: string, { deps, publish }: Site): void {
  const releaseOf = async (ports: Deps) => {
    const release = await ports.releases.current()
    if (release === null) throw new Error('nothing is published')
    return release
  }
  /** One upload from its beginning to its end; `twice` sends every chunk again. */
  const upload = async (
    list: string,
    mode: ListMode,
    people: readonly string[],
    { atMs = T0, twice = false, chunk = 40 } = {},
  ) => {
    const ports = deps()
    const release = await releaseOf(ports)
    const begun = await beginUpload(ports, list, mode, atMs)
    for (let i = 0; i < people.length; i += chunk) {
      const lines = people
        .slice(i, i + chunk)
        .map((who, n) => ({ line: n + 1, fields: { user_id: who } }))
      for (let times = 0; times < (twice ? 2 : 1); times++) {
        const receivedAtMs = atMs + i + times
        const taken = await takeMembers(ports, { release, upload: begun, lines, receivedAtMs })
        expect(taken).toMatchObject({ ok: true, value: { lines: lines.length, errors: [] } })
      }
    }
    let cursor: string | null = null
    let removed = 0
    do {
      const step = { release, upload: begun, cursor, lines: people.length, refused: 0 }
      const done: Awaited<ReturnType<typeof finishUpload>> = await finishUpload(ports, {
        ...step,
        receivedAtMs: atMs + 1000,
      })
      if (!done.ok) throw new Error(done.error)
      removed += done.value.removed
      cursor = done.value.next
    } while (cursor !== null)
    return removed
  }
  const on = async (who: string): Promise<readonly string[]> => {
    const [found] = await deps().store.load([{ type: 'user_id', value: who }])
    return found === undefined ? ['nobody'] : listsOf(found.profile)
  }
  const logged = async (type: string) => {
    const rows = await deps().outbox.records(0, 5_000)
    return rows
      .flatMap(({ body }) => (JSON.parse(body) as { records: { type: string }[] }).records)
      .filter((record) => record.type === type)
  }
  const people = (from: number, to: number): string[] =>
    Array.from({ length: to - from }, (_, i) => `listed-${from + i}`)

  describe(`${name}: static lists`, () => {
    beforeAll(async () => {
      await publish({
        ...(await configuration()),
        placements: [],
        actions: [],
        policies: [],
        segments: [{ key: 'vips', name: 'VIPs', when: { list: 'vip' } }],
      })
    })

    it('makes people where they are missing, once however often it is sent, and segments follow', async () => {
      const moves = (await logged('$segment')).length
      await upload('vip', 'add', people(0, 120), { twice: true })
      expect(await on('listed-0')).toEqual(['vip'])
      expect(await on('listed-119')).toEqual(['vip'])
      expect(await on('listed-120')).toEqual(['nobody'])
      const marks = (await logged('$list')).filter((record) =>
        JSON.stringify(record).includes('"vip"'),
      )
      expect(marks).toHaveLength(120)
      expect((await logged('$segment')).length - moves).toBe(120)
    })

    it('takes off whom it is told to, and makes nobody for that', async () => {
      await upload('vip', 'remove', ['listed-0', 'never-heard-of'], { atMs: T0 + 10_000 })
      expect(await on('listed-0')).toEqual([])
      expect(await on('listed-1')).toEqual(['vip'])
      expect(await on('never-heard-of')).toEqual(['nobody'])
    })

    it('replaces: whoever is not in the file is taken off, and other lists stay', async () => {
      await upload('gold', 'add', people(0, 3), { atMs: T0 + 20_000 })
      const removed = await upload('vip', 'replace', people(100, 130), { atMs: T0 + 30_000 })
      // 120, less the one who was off already, less the twenty who are in it.
      expect(removed).toBe(99)
      expect(await on('listed-1')).toEqual(['gold'])
      expect(await on('listed-100')).toEqual(['vip'])
      expect(await on('listed-129')).toEqual(['vip'])
      expect(await upload('vip', 'replace', people(100, 130), { atMs: T0 + 40_000 })).toBe(0)
    })

    it('tells the newest upload of each list', async () => {
      expect(await deps().lists.newest()).toMatchObject([
        { list: 'gold', uploads: 1, mode: 'add', lines: 3, finishedMs: T0 + 21_000 },
        { list: 'vip', uploads: 4, mode: 'replace', lines: 30, removed: 0 },
      ])
    })
  })
}
