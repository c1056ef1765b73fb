/** The worker with its profiles and outbox in Redis. */
import { env } from 'cloudflare:workers'
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import worker from '../../worker/index.ts'
import type { Env } from '../../worker/env.ts'
import type { Identifier } from '../../worker/core/identity/identifier.ts'
import type { EventRecord } from '../../worker/core/record.ts'
import { requestDeps } from '../../worker/deps.ts'
import { collect } from '../../worker/flow/collect.ts'
import type { ProfileStore } from '../../worker/flow/ports.ts'
import { configuration, SECRET_KEY, WRITE_KEY } from '../worker/site.ts'
import type { TestRedis } from '../support/workerd/redis.ts'
import { idOf, keys, storeOn, loggedOn, device, birth } from './redis-people.ts'

export function workerOnRedis(redis: TestRedis): void {
  describe('the worker on Redis', () => {
    const call = async (path: string, key: string, body?: unknown, method = 'POST') => {
      const ctx = createExecutionContext()
      const request = new Request(`https://tsugi.example${path}`, {
        method: body === undefined ? 'GET' : method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      })
      const onRedis = { ...(env as unknown as Env), ...redis.variables }
      const response = await worker.fetch(request, onRedis, ctx)
      const text = await response.text()
      await waitOnExecutionContext(ctx)
      return { status: response.status, body: JSON.parse(text) }
    }
    const send = (body: object) => call('/v1/batch', SECRET_KEY, { batch: [body] })

    beforeAll(async () => {
      await redis.command('FLUSHALL')
      // The configuration lies in D1 whichever store holds the profiles.
      await call('/admin/v1/configuration', env.ADMIN_TOKEN, await configuration(), 'PUT')
      expect((await call('/admin/v1/releases', env.ADMIN_TOKEN, { note: '' })).status).toBe(201)
    })

    it('collects, stitches, merges, decides and shows what it holds', async () => {
      const view = (anonymousId: string, messageId: string) => ({
        type: 'track',
        event: 'Product Viewed',
        anonymousId,
        messageId,
        properties: { category: 'knitwear' },
      })
      for (let i = 0; i < 3; i++) expect((await send(view('phone', `p${i}`))).status).toBe(200)
      expect((await send(view('phone', 'p0'))).status).toBe(200)
      await send({ type: 'identify', anonymousId: 'phone', userId: 'u1', messageId: 'i1' })
      await send({ type: 'identify', anonymousId: 'laptop', userId: 'u2', messageId: 'i2' })
      await send({ type: 'identify', anonymousId: 'tablet', messageId: 'i3', traits: { a: 1 } })
      await send({ type: 'identify', anonymousId: 'tablet', userId: 'u1', messageId: 'i4' })
      const { body } = await call('/v1/decide', WRITE_KEY, {
        anonymousId: 'tablet',
        placements: ['hero'],
      })
      expect(body).toMatchObject({ degraded: false })
      expect(body.decisions.hero.items[0].content.headline).toBe('Warm knits')
      const status = await call('/admin/v1/status', env.ADMIN_TOKEN)
      // Seven commits, and what was decided.
      expect(status.body.outbox.rows).toBe(8)
      const { body: tail } = await call('/admin/v1/records?after=0&limit=100', env.ADMIN_TOKEN)
      const ids = tail.records.map(({ messageId }: EventRecord) => messageId)
      expect(ids.filter((id: string) => id === 'p0')).toHaveLength(1)
      expect(tail.records.filter(({ type }: EventRecord) => type === '$merge')).toHaveLength(1)
      expect(tail.records.filter(({ type }: EventRecord) => type === '$decision')).toHaveLength(1)
      expect(await env.DB.prepare('SELECT count(*) AS n FROM outbox').first('n')).toBe(0)
      expect((await call('/readyz', SECRET_KEY)).body).toMatchObject({ ok: true, store: 'up' })
    })

    it('a device that was let go and comes again is somebody new under another id', async () => {
      const identify = (anonymousId: string) =>
        send({ type: 'identify', anonymousId, userId: 'many', messageId: `many-${anonymousId}` })
      for (let i = 0; i < 6; i++) expect((await identify(`d${i}`)).status).toBe(200)
      const first = await redis.command('GET', keys.identifier({ type: 'user_id', value: 'many' }))
      expect(await redis.command('GET', keys.identifier(device('d0')))).toBeNull()
      const sent = await send({ type: 'track', event: 'E', anonymousId: 'd0', messageId: 'again' })
      expect(sent.status).toBe(200)
      const second = await redis.command('GET', keys.identifier(device('d0')))
      expect(second).toMatch(/^[0-9a-f-]{36}$/)
      expect(second).not.toBe(first)
    })

    it('an id found taken is not tried again after a further conflict', async () => {
      const who = device('taken')
      await storeOn(redis).store.commit(birth(who))
      const ctx = createExecutionContext()
      const deps = requestDeps({ ...(env as unknown as Env), ...redis.variables }, ctx)
      // Under its own key the worker draws other ids than this file does.
      const real = {
        ...deps,
        ids: {
          ...deps.ids,
          profileId: (_: Identifier, attempt: number) =>
            attempt === 0 ? idOf(who) : crypto.randomUUID(),
        },
      }
      const tried: string[] = []
      const store: ProfileStore = {
        load: async () => [],
        commit: async (commit) => {
          tried.push(commit.profiles[0]!.profile.id)
          // The second meets somebody else's commit that has nothing to do with the id.
          if (tried.length === 2) return { done: false, current: [] }
          return deps.store.commit(commit)
        },
      }
      const release = await deps.releases.current()
      const result = await collect(
        { ...real, store },
        {
          release: release!,
          source: release!.sourceByWriteKey.get(WRITE_KEY)!,
          trusted: false,
          messages: [{ type: 'track', event: 'E', anonymousId: 'taken-2', messageId: 'taken-2' }],
          sentAt: null,
          receivedAtMs: Date.now(),
          bytes: 100,
        },
      )
      expect(result.ok).toBe(true)
      expect(tried.map((id) => id === idOf(who))).toEqual([true, false, false])
    })

    it('64 senders on one person all land through their retries', async () => {
      let pending = Array.from({ length: 64 }, (_, i) => `crowd-${i}`)
      let refused = 0
      let rounds = 0
      for (let round = 0; pending.length > 0 && round < 200; round++) {
        const answers = await Promise.all(
          pending.map(async (messageId) => {
            const { status } = await send({ type: 'track', event: 'C', userId: 'crowd', messageId })
            return { messageId, status }
          }),
        )
        const left = answers.filter(({ status }) => status !== 200)
        expect(left.filter(({ status }) => status !== 503)).toEqual([])
        refused += left.length
        rounds++
        pending = left.map(({ messageId }) => messageId)
      }
      expect(pending).toEqual([])
      const logged = (await loggedOn(redis)).map(({ messageId }) => messageId)
      expect(logged.filter((id) => id.startsWith('crowd-')).sort()).toEqual(
        Array.from({ length: 64 }, (_, i) => `crowd-${i}`).sort(),
      )
      console.log(`64 senders on one person: ${refused} answered 503 in ${rounds} rounds`)
    }, 120_000)
  })
}
