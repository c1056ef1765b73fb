/**
 * What a store may do to us: for each fault nothing that was acknowledged is
 * lost, nothing is doubled, and what cannot be promised is an honest 503.
 * The worker as it is, a real redis-server, and a bridge that spoils the way.
 * No clock decides: the bridge holds until it is told, and the time limit of a
 * request ends when the test says so.
 */
import { env } from 'cloudflare:workers'
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Profile } from '../../worker/core/profile/profile.ts'
import type { OutboxBody } from '../../worker/core/record.ts'
import type { Env } from '../../worker/env.ts'
import { StoreError } from '../../worker/flow/ports.ts'
import worker from '../../worker/index.ts'
import { redisClient } from '../../worker/store/redis/client.ts'
import { profileFrom, redisKeys } from '../../worker/store/redis/keys.ts'
import { redisOutboxView } from '../../worker/store/redis/outbox-view.ts'
import { profileIdOf } from '../../worker/store/redis/profile-id.ts'
import { redisProfileStore } from '../../worker/store/redis/profile-store.ts'
import { openRedis } from '../support/workerd/redis.ts'
import { configuration, SECRET_KEY, WRITE_KEY } from '../worker/site.ts'

const TIMEOUT_MS = 1234
const redis = await openRedis({ timeoutMs: TIMEOUT_MS })
const keys = redisKeys('tsugi:')

let waiting: AbortController[] = []
const timeouts = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
  const controller = new AbortController()
  waiting.push(controller)
  return controller.signal
})

/** The time limit of whatever is asked of Redis now is over, as the platform would tell it. */
function timeIsUp(): void {
  const timeout = new DOMException('The operation was aborted due to timeout', 'TimeoutError')
  for (const controller of waiting.splice(0)) controller.abort(timeout)
}

async function call(path: string, key: string, body: unknown, method: 'POST' | 'PUT' = 'POST') {
  const ctx = createExecutionContext()
  const request = new Request(`https://tsugi.example${path}`, {
    method,
    body: JSON.stringify(body),
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  })
  const response = await worker.fetch(
    request,
    { ...(env as unknown as Env), ...redis.variables, DECIDE_BUDGET_MS: '60000' },
    ctx,
  )
  const text = await response.text()
  await waitOnExecutionContext(ctx)
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: JSON.parse(text),
  }
}

const track = (who: string, messageId: string) =>
  call('/v1/batch', SECRET_KEY, {
    // Its name is what the profile keeps of it.
    batch: [{ type: 'track', event: messageId, anonymousId: who, messageId }],
  })

async function taken(who: string, messageId: string): Promise<void> {
  expect((await track(who, messageId)).status).toBe(200)
}

/** messageIds of this person in the outbox and, apart, in the profile. */
async function stored(who: string): Promise<{ logged: string[]; folded: string[] }> {
  const entries = (await redis.command('XRANGE', keys.outbox(0), '-', '+')) as [string, string[]][]
  const logged = entries
    .flatMap(([, fields]) => (JSON.parse(fields[3] ?? '') as OutboxBody).records)
    .filter(({ anonymousId }) => anonymousId === who)
    .map(({ messageId }) => messageId)
  const read = async (key: string) => (await redis.command('GET', key)) as string | null
  const id = await read(keys.identifier({ type: 'anonymous_id', value: who }))
  const text = id === null ? null : await read(keys.profile(id))
  const profile: Profile | null = text === null ? null : profileFrom(text).profile
  return { logged, folded: (profile?.recent ?? []).map(([, , event]) => event) }
}

const expectOnce = async (who: string, ids: readonly string[]): Promise<void> => {
  expect(await stored(who)).toEqual({ logged: ids, folded: ids })
}

beforeAll(async () => {
  await call('/admin/v1/configuration', env.ADMIN_TOKEN, await configuration(), 'PUT')
  expect((await call('/admin/v1/releases', env.ADMIN_TOKEN, { note: '' })).status).toBe(201)
  expect((await track('warm', 'warm')).status).toBe(200)
})
afterEach(async () => {
  await redis.clearFaults()
  waiting = []
})
afterAll(async () => {
  timeouts.mockRestore()
  await redis.remove()
})

const UNAVAILABLE = { status: 503, body: { code: 'store_unavailable' } }
const COMMIT = ['EVALSHA', 'EVAL']

describe('a fault that passes is not noticed', () => {
  it.each([
    ['refuses a commit', { kind: 'refuse', commands: COMMIT }],
    ['breaks the connection before a commit', { kind: 'reset', commands: COMMIT }],
    ['does the commit and breaks the connection', { kind: 'work-then-reset', commands: COMMIT }],
    ['cuts the answer to a commit in half', { kind: 'half', commands: COMMIT }],
    ['answers a commit with a web page', { kind: 'garbage', commands: COMMIT }],
  ] as const)('%s', async (name, fault) => {
    await redis.fault(fault)
    await taken(name, `${name}-1`)
    await taken(name, `${name}-2`)
    await expectOnce(name, [`${name}-1`, `${name}-2`])
  })

  it('is slow, within the time', async () => {
    await redis.fault({ kind: 'hold', times: 2 })
    const answer = taken('slow', 's1')
    for (const nth of [1, 2]) {
      await redis.untilStuck(nth)
      await redis.release()
    }
    await answer
    await taken('slow', 's2')
    await expectOnce('slow', ['s1', 's2'])
  })

  it('does the commit and never answers', async () => {
    await redis.fault({ kind: 'work-then-hang', commands: COMMIT })
    const answer = taken('silent', 's1')
    await redis.untilStuck(1)
    timeIsUp()
    await answer
    await taken('silent', 's2')
    await expectOnce('silent', ['s1', 's2'])
  })

  it('is too slow, and works on behind us', async () => {
    await redis.fault({ kind: 'hold', commands: COMMIT })
    const answer = taken('late', 'l1')
    await redis.untilStuck(1)
    timeIsUp()
    await answer
    await taken('late', 'l2')
    // Only now comes the commit that was given up, and finds that it was done.
    await redis.release()
    await expectOnce('late', ['l1', 'l2'])
  })

  it('loses its scripts', async () => {
    await redis.command('SCRIPT', 'FLUSH')
    expect((await track('noscript', 'n1')).status).toBe(200)
    expect((await track('noscript', 'n2')).status).toBe(200)
    await expectOnce('noscript', ['n1', 'n2'])
  })
})

describe('a fault that stays is an honest 503, and the resend counts once', () => {
  it.each([
    ['refuses every load', { kind: 'refuse', commands: ['MGET'], times: 1 }],
    ['refuses every commit', { kind: 'refuse', commands: COMMIT, times: 2 }],
    [
      'does the work and breaks off, twice',
      { kind: 'work-then-reset', times: 2, commands: COMMIT },
    ],
    ['cuts a load in half', { kind: 'half', commands: ['MGET'] }],
    ['answers a load with a web page', { kind: 'garbage', commands: ['MGET'] }],
  ] as const)('%s', async (name, fault) => {
    await redis.fault(fault)
    const answer = await track(name, name)
    expect(answer).toMatchObject(UNAVAILABLE)
    expect(Number(answer.retryAfter)).toBeGreaterThan(0)
    await taken(name, name)
    await expectOnce(name, [name])
  })

  it('does the work and hangs, twice', async () => {
    await redis.fault({ kind: 'work-then-hang', times: 2, commands: COMMIT })
    const answer = track('hangs', 'h1')
    for (const nth of [1, 2]) {
      await redis.untilStuck(nth)
      timeIsUp()
    }
    expect(await answer).toMatchObject(UNAVAILABLE)
    expect(Number((await answer).retryAfter)).toBeGreaterThan(0)
    await taken('hangs', 'h1')
    await expectOnce('hangs', ['h1'])
  })

  it('is full: refuses to write, still reads, takes up again when there is room', async () => {
    expect((await track('full', 'f1')).status).toBe(200)
    await redis.command('CONFIG', 'SET', 'maxmemory', '1mb')
    try {
      expect(await track('full', 'f2')).toMatchObject(UNAVAILABLE)
      const decided = await call('/v1/decide', WRITE_KEY, {
        anonymousId: 'full',
        placements: ['hero'],
      })
      expect(decided).toMatchObject({ status: 200, body: { degraded: false } })
      await expectOnce('full', ['f1'])
    } finally {
      await redis.command('CONFIG', 'SET', 'maxmemory', '0')
    }
    expect((await track('full', 'f2')).status).toBe(200)
    await expectOnce('full', ['f1', 'f2'])
  })

  it('is killed and comes back: what was acked is there, what was not comes again', async () => {
    for (let i = 0; i < 5; i++) expect((await track('killed', `k${i}`)).status).toBe(200)
    const sending = Array.from({ length: 10 }, (_, i) => track(`killed-${i}`, `while-${i}`))
    await redis.kill()
    const answers = await Promise.all(sending)
    expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([])
    expect(await track('killed', 'k5')).toMatchObject(UNAVAILABLE)
    const decided = await call('/v1/decide', WRITE_KEY, {
      anonymousId: 'killed',
      placements: ['hero'],
    })
    expect(decided).toMatchObject({ status: 200, body: { degraded: true } })
    expect(decided.body.decisions.hero.items[0].content.headline).toBe('Welcome')
    await redis.start()
    for (let i = 0; i < 10; i++) {
      if (answers[i]?.status === 200) await expectOnce(`killed-${i}`, [`while-${i}`])
      await taken(`killed-${i}`, `while-${i}`)
      await expectOnce(`killed-${i}`, [`while-${i}`])
    }
    await taken('killed', 'k5')
    await expectOnce('killed', ['k0', 'k1', 'k2', 'k3', 'k4', 'k5'])
  })
})

describe('what the adapter makes of it', () => {
  const client = redisClient(redis.settings)
  const store = redisProfileStore(client, keys, profileIdOf('k'), { trips: 0 })
  const view = redisOutboxView(client, keys, { trips: 0 })
  const anybody = [{ type: 'email', value: 'secret@example.com' }]

  it('what is not answered within the time is an error', async () => {
    timeouts.mockClear()
    await client.command({ trips: 0 }, 'PING')
    expect(timeouts.mock.calls).toEqual([[TIMEOUT_MS]])
    // The platform's own clock: however slow all else is, it is over before an answer comes.
    timeouts.mockRestore()
    const impatient = redisClient({ ...redis.settings, timeoutMs: 20 })
    await redis.fault({ kind: 'hold' })
    await expect(impatient.command({ trips: 0 }, 'PING')).rejects.toThrow('TimeoutError')
  })

  it('half a pipeline is an error, not half an answer', async () => {
    await redis.fault({ kind: 'half', commands: ['XLEN'] })
    await expect(view.ends()).rejects.toThrow(StoreError)
    expect((await view.ends()).rows).toBeGreaterThan(0)
  })

  it('an error tells what happened and nothing of the person', async () => {
    await redis.command('SET', keys.identifier(anybody[0]!), 'x')
    await redis.command('LPUSH', 'tsugi:p:wrong', 'no text')
    await redis.fault({ kind: 'refuse', commands: ['MGET'] })
    const refused = await store.load(anybody).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(StoreError)
    expect(String(refused)).toContain('refused by the test')
    expect(String(refused)).not.toContain('secret@example.com')
    expect((refused as Error).cause).toBeUndefined()
  })

  it('a wrong token is an error', async () => {
    const wrong = redisClient({ ...redis.settings, token: 'wrong' })
    const other = redisProfileStore(wrong, keys, profileIdOf('k'), { trips: 0 })
    await expect(other.load(anybody)).rejects.toThrow(StoreError)
  })

  it('a key that holds no profile is an error', async () => {
    await redis.command('SET', keys.identifier({ type: 'x', value: 'broken' }), 'broken')
    await redis.command('SET', keys.profile('broken'), '1|c||{"schema":')
    await expect(store.load([{ type: 'x', value: 'broken' }])).rejects.toThrow(StoreError)
  })
})
