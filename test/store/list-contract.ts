/** Static lists through the whole worker. Run on each store. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { ListMode } from '../../worker/contract/lists.ts'
import type { Deps } from '../../worker/deps.ts'
import { listsOf } from '../../worker/core/profile/lists.ts'
import { collect } from '../../worker/flow/collect.ts'
import {
  beginUpload,
  finishUpload,
  takeMembers,
  takeOnce,
  type UploadPorts,
} from '../../worker/flow/upload-list.ts'
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

    describe('a replacement that takes off, and what happens meanwhile', () => {
      const OLD = 'left-over'
      const NEW = 'in-the-file'
      /** Puts OLD on a list, and begins to replace it by NEW: what is left is to take OLD off. */
      const begun = async (list: string, atMs: number) => {
        const release = await releaseOf(deps())
        const lines = (who: string) => [{ line: 1, fields: { user_id: `${list}-${who}` } }]
        await takeOnce(deps(), list, 'add', { release, lines: lines(OLD), receivedAtMs: atMs })
        const begunUpload = await beginUpload(deps(), list, 'replace', atMs + 100)
        const upload = { release, upload: begunUpload }
        const receivedAtMs = atMs + 200
        await takeMembers(deps(), { ...upload, lines: lines(NEW), receivedAtMs })
        return {
          /** Everybody, page by page; how many were taken off. */
          finish: async (ports: UploadPorts) => {
            let cursor: string | null = null
            let removed = 0
            do {
              const step = { ...upload, cursor, lines: 1, refused: 0, receivedAtMs: atMs + 1000 }
              const done: Awaited<ReturnType<typeof finishUpload>> = await finishUpload(ports, step)
              if (!done.ok) throw new Error(done.error)
              removed += done.value.removed
              cursor = done.value.next
            } while (cursor !== null)
            return removed
          },
          addAgain: () =>
            takeOnce(deps(), list, 'add', { release, lines: lines(OLD), receivedAtMs: atMs + 500 }),
          merge: async () => {
            const [source] = [...release.sourceByWriteKey.values()]
            if (source === undefined) throw new Error('no source')
            const [old, now] = [`${list}-${OLD}`, `${list}-${NEW}`]
            const message = { type: 'alias', previousId: old, userId: now, messageId: `${list}-is` }
            await collect(deps(), {
              release,
              source,
              trusted: true,
              messages: [message],
              sentAt: null,
              receivedAtMs: atMs + 300,
              bytes: 200,
            })
            const owners = await deps().store.load(
              [old, now].map((value) => ({ type: 'user_id', value })),
            )
            expect(owners.filter(({ mergedInto }) => mergedInto === null)).toHaveLength(1)
          },
        }
      }
      /** Ports that are stopped once, where it is said, until something else has happened. */
      const stopped = (where: 'scanned' | 'worked out', meanwhile: () => Promise<unknown>) => {
        const ports = deps()
        let isDue = true
        const happen = async (): Promise<void> => {
          if (!isDue) return
          isDue = false
          await meanwhile()
        }
        const { profileScan, store } = ports
        return {
          ...ports,
          profileScan: {
            isCursor: (text: string) => profileScan.isCursor(text),
            scan: async (after: string | null, limit: number) => {
              const page = await profileScan.scan(after, limit)
              const isThere = page.profiles.some(({ profile }) =>
                profile.identifiers.some(({ value }) => value.endsWith(OLD)),
              )
              if (where === 'scanned' && isThere) await happen()
              return page
            },
          },
          store: {
            load: store.load.bind(store),
            commit: async (commit: Parameters<typeof store.commit>[0]) => {
              if (where === 'worked out') await happen()
              return store.commit(commit)
            },
          },
        } satisfies UploadPorts
      }

      it('takes off whoever is left over, where nothing happens', async () => {
        const { finish } = await begun('calm', T0 + 50_000)
        expect(await finish(deps())).toBe(1)
        expect(await on(`calm-${OLD}`)).toEqual([])
        expect(await on(`calm-${NEW}`)).toEqual(['calm'])
      })

      for (const where of ['scanned', 'worked out'] as const) {
        const name = where.replace(' ', '-')
        it(`another upload adds them again once they were ${where}: they stay`, async () => {
          const { finish, addAgain } = await begun(`add-${name}`, T0 + 60_000)
          expect(await finish(stopped(where, addAgain))).toBe(0)
          expect(await on(`add-${name}-${OLD}`)).toEqual([`add-${name}`])
        })

        it(`they turn out to be somebody of the file once they were ${where}: they stay`, async () => {
          const { finish, merge } = await begun(`merge-${name}`, T0 + 70_000)
          expect(await finish(stopped(where, merge))).toBe(0)
          expect(await on(`merge-${name}-${NEW}`)).toEqual([`merge-${name}`])
        })
      }

      it('what was said since it began stands, though it is written down after they were taken off', async () => {
        const { finish, addAgain } = await begun('after-add', T0 + 80_000)
        expect(await finish(deps())).toBe(1)
        await addAgain()
        expect(await on(`after-add-${OLD}`)).toEqual(['after-add'])
      })

      it('somebody of the file is not off because somebody taken off turns out to be them', async () => {
        const { finish, merge } = await begun('after-merge', T0 + 90_000)
        expect(await finish(deps())).toBe(1)
        await merge()
        expect(await on(`after-merge-${NEW}`)).toEqual(['after-merge'])
      })
    })

    it('tells the newest upload of each list', async () => {
      const told = await deps().lists.newest(null, 200)
      expect(told.filter(({ list }) => list === 'gold' || list === 'vip')).toMatchObject([
        { list: 'gold', uploads: 1, mode: 'add', lines: 3, finishedMs: T0 + 21_000 },
        { list: 'vip', uploads: 4, mode: 'replace', lines: 30, removed: 0 },
      ])
    })
  })
}
