/** Replay amid kills, writers, rivals and broken files, whichever store holds the people. */
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { StoreError } from '../../worker/flow/ports.ts'
import { beginReplay, stepReplay, type ReplayPorts } from '../../worker/flow/replay.ts'
import { history, type ReplaySite } from './replay-site.ts'
import { SECRET_KEY, WRITE_KEY } from './site.ts'

const WISH = { apply: true, fromMs: null, toMs: null }
/** One piece a step, so that there is much to be killed between. */
const SMALL = { budgetMs: 0, rows: 7, people: 5, page: 3, clear: 10 }

export function replayFaultsSuite(name: string, site: ReplaySite): void {
  const sendAll = async (messages: readonly object[]): Promise<void> => {
    for (let at = 0; at < messages.length; at += 20) await site.send(...messages.slice(at, at + 20))
  }
  const begin = async (): Promise<void> => {
    expect((await beginReplay(site.ports(), WISH)).ok).toBe(true)
  }
  /** Step by step to the end, each with the ports it is given; how many steps it took. */
  const drive = async (portsOf: (step: number) => ReplayPorts): Promise<number> => {
    for (let step = 0; step < 500; step++) {
      try {
        const stepped = await stepReplay(portsOf(step), SMALL)
        if (!stepped.ok) throw new Error(JSON.stringify(stepped.error))
        if (stepped.value.run.state !== 'running') return step + 1
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
      }
    }
    throw new Error('a replay that does not end')
  }

  describe(`replay on ${name} amid trouble`, { timeout: 120_000 }, () => {
    beforeAll(() => site.publish())
    beforeEach(() => site.reset())

    it('goes on wherever it was killed: before a piece was written, and after', async () => {
      await sendAll(history(6))
      await site.drain()
      const before = await site.snapshot()
      await site.spoil.empty()
      await begin()
      let kills = 0
      await drive((step) => {
        const ports = site.ports()
        const dies = async (): Promise<never> => {
          kills++
          throw new StoreError('killed by the test')
        }
        const { replays, store } = ports
        if (step % 4 === 1) return { ...ports, replays: { ...replays, move: dies } }
        if (step % 4 === 2) {
          const move: typeof replays.move = async (...args) => {
            await replays.move(...args)
            return dies()
          }
          return { ...ports, replays: { ...replays, move } }
        }
        if (step % 4 === 3) {
          const commit: typeof store.commit = async (commit) => {
            await store.commit(commit)
            return dies()
          }
          return { ...ports, store: { commit } }
        }
        return ports
      })
      expect(kills).toBeGreaterThan(10)
      await site.drain()
      expect(await site.snapshot()).toEqual(before)
      expect((await site.run()).different.people).toBe(0)
    })

    it('two who drive one run fold every row once', async () => {
      await sendAll(history(6))
      await site.drain()
      await begin()
      for (let turn = 0; turn < 200; turn++) {
        const both = await Promise.all([
          stepReplay(site.ports(), SMALL),
          stepReplay(site.ports(), SMALL),
        ])
        if (both.some((one) => !one.ok || one.value.run.state !== 'running')) break
      }
      const { body } = await site.call('GET', '/admin/v1/replay')
      expect(body).toMatchObject({ state: 'done', different: { people: 0 } })
      expect(body.rows.done).toBe(body.rows.total)
    })

    it('loses nothing of people who are written to, or filed, just while they are repaired', async () => {
      await sendAll(history(6))
      await site.drain()
      for (const p of [0, 1, 2, 3, 4, 5]) {
        const id = await site.ownerOf('user_id', `h-user-${p}`)
        await site.spoil.putProfile(id, { ...(await site.profileOf(id)), traits: {} })
      }
      await begin()
      const sent: string[] = []
      await drive((step) => {
        const ports = site.ports()
        const { raw } = ports
        const read: typeof raw.read = async (...args) => {
          const standing = await raw.read(...args)
          if (sent.length < 12) {
            // After the documents were read, before the rest of the outbox is.
            const messageId = `while-${sent.length}`
            const userId = `h-user-${sent.length % 6}`
            sent.push(messageId)
            await site.send({ type: 'track', event: 'While', messageId, userId })
            if (step % 2 === 0) await site.drain()
          }
          return standing
        }
        return { ...ports, raw: { read } }
      })
      expect(sent).toHaveLength(12)
      for (const p of [0, 1, 2, 3, 4, 5]) {
        const profile = await site.profileOf(await site.ownerOf('user_id', `h-user-${p}`))
        expect(profile.recent.filter(([, , event]) => event === 'While')).toHaveLength(2)
        expect(Object.keys(profile.traits)).toContain('plan')
      }
      await site.drain()
      expect(await site.run()).toMatchObject({ different: { people: 0 }, unlogged: { people: 0 } })
    })

    it('a visitor who came before the emptied store was restored keeps the device, and all is settled', async () => {
      await sendAll(history(2))
      await site.drain()
      await site.spoil.empty()
      await site.send({ type: 'page', anonymousId: 'h-device-1-0', messageId: 'came-again' })
      const visitor = await site.ownerOf('anonymous_id', 'h-device-1-0')
      await site.run({ apply: true })
      expect(await site.ownerOf('anonymous_id', 'h-device-1-0')).toBe(visitor)
      expect(await site.ownerOf('user_id', 'h-user-1')).toBeDefined()
      await site.drain()
      expect((await site.run()).different.people).toBe(0)
      // Whoever comes now is found, and no commit runs into the two claims.
      await site.send({ type: 'page', userId: 'h-user-1', messageId: 'and-again' })
    })

    it('names a file that is gone, cut off, or none, and goes on when it is back', async () => {
      await sendAll(history(3))
      await site.drain()
      const { objects } = await env.BUCKET.list({ prefix: 'events/' })
      const { key } = objects[0]!
      const bytes = await (await env.BUCKET.get(key))!.arrayBuffer()
      await site.call('POST', '/admin/v1/replay', {})
      const stuck = async (why: RegExp): Promise<void> => {
        const { status, body } = await site.step()
        expect([status, body.code]).toEqual([409, 'replay_stuck'])
        expect(body.detail).toContain(key)
        expect(body.detail).toMatch(why)
      }
      await env.BUCKET.delete(key)
      await stuck(/not in the bucket/)
      await env.BUCKET.put(key, bytes.slice(0, bytes.byteLength >> 1))
      await stuck(/cannot be read/)
      await env.BUCKET.put(key, 'no Parquet at all')
      await stuck(/cannot be read/)
      await env.BUCKET.put(key, '')
      await stuck(/is empty/)
      await env.BUCKET.put(key, bytes)
      expect((await site.run()).different.people).toBe(0)
    })

    it('is for the admin token alone', async () => {
      for (const [method, path] of [
        ['GET', ''],
        ['POST', ''],
        ['POST', '/step'],
        ['DELETE', ''],
      ] as const) {
        for (const key of ['', 'wrong', WRITE_KEY, SECRET_KEY, 'at_demo']) {
          const body = method === 'POST' ? {} : undefined
          const answer = await site.call(method, `/admin/v1/replay${path}`, body, key)
          expect([method, path, key, answer.status]).toEqual([method, path, key, 401])
        }
      }
    })

    it('refuses a wish that is none, and begins nothing', async () => {
      const bad: [unknown, number, string][] = [
        ['{', 400, 'invalid_json'],
        [[], 400, 'invalid_body'],
        [{ apply: 'yes' }, 400, 'invalid_body'],
        [{ from: 'yesterday' }, 400, 'invalid_body'],
        [{ from: '2026-02-02T00:00:00Z', to: '2026-02-01T00:00:00Z' }, 400, 'invalid_body'],
        [{ all: true }, 400, 'invalid_body'],
        ['{"__proto__":{}}', 400, 'forbidden_key'],
        [{ from: 'x'.repeat(2000) }, 413, 'body_too_large'],
      ]
      for (const [body, status, code] of bad) {
        const answer = await site.call('POST', '/admin/v1/replay', body)
        expect([body, answer.status, answer.body.code]).toEqual([body, status, code])
      }
      expect((await site.call('GET', '/admin/v1/replay')).status).toBe(404)
      expect((await site.step()).body.code).toBe('not_found')
      expect((await site.call('DELETE', '/admin/v1/replay')).body.code).toBe('not_found')
    })

    it('one at a time: the same wish goes on, another one is refused', async () => {
      const first = await site.call('POST', '/admin/v1/replay', {})
      const again = await site.call('POST', '/admin/v1/replay', {})
      expect([first.status, again.status]).toEqual([201, 200])
      expect(again.body.number).toBe(first.body.number)
      const other = await site.call('POST', '/admin/v1/replay', { apply: true })
      expect([other.status, other.body.code]).toEqual([409, 'replay_running'])
      const ended = await site.call('DELETE', '/admin/v1/replay')
      expect(ended.body.state).toBe('abandoned')
      expect((await site.call('POST', '/admin/v1/replay', { apply: true })).status).toBe(201)
    })

    it('a release published meanwhile ends it, and the next begins anew', async () => {
      const first = await site.call('POST', '/admin/v1/replay', {})
      await site.publish()
      const { status, body } = await site.step()
      expect([status, body.code]).toEqual([409, 'replay_outdated'])
      const next = await site.call('POST', '/admin/v1/replay', {})
      expect(next.status).toBe(201)
      expect(next.body.number).toBeGreaterThan(first.body.number)
    })
  })
}
