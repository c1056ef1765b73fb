/** What a decision may cost: trips to the store, and time when the store is slow or down. */
import { env } from 'cloudflare:workers'
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { app } from '../../worker/app.ts'
import { requestDeps, type Deps } from '../../worker/deps.ts'
import { decide } from '../../worker/flow/decide.ts'
import { StoreError, type ProfileStore } from '../../worker/flow/ports.ts'
import {
  configuration,
  fromPage,
  publish,
  records,
  withKey,
  SECRET_KEY,
  WRITE_KEY,
} from './site.ts'

beforeAll(async () => {
  await publish(await configuration())
})

const view = (anonymousId: string, messageId: string) => ({
  type: 'track',
  event: 'Product Viewed',
  messageId,
  anonymousId,
  properties: { category: 'knitwear' },
})

async function logLine(work: () => Promise<unknown>): Promise<Record<string, unknown>> {
  const spy = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    await work()
    return JSON.parse(spy.mock.calls.at(-1)?.[0] as string) as Record<string, unknown>
  } finally {
    spy.mockRestore()
  }
}

describe('trips to the store before the answer', () => {
  const decideOnce = (body: object) =>
    fromPage('/v1/decide', { writeKey: WRITE_KEY, placements: ['hero', 'slot'], ...body })

  // A release that is older than some seconds is refreshed by whoever comes: a trip of its own.
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    await decideOnce({ anonymousId: 'refreshes' })
  })
  afterEach(() => void vi.useRealTimers())

  it('a decision one; events of one person two; both in one request two', async () => {
    await fromPage('/v1/batch', { writeKey: WRITE_KEY, batch: [view('trips', 't0')] })
    expect(await logLine(() => decideOnce({ anonymousId: 'trips' }))).toMatchObject({ trips: 1 })
    const batch = Array.from({ length: 50 }, (_, i) => view('trips', `t1-${i}`))
    expect(
      await logLine(() => fromPage('/v1/batch', { writeKey: WRITE_KEY, batch })),
    ).toMatchObject({ trips: 2 })
    expect(
      await logLine(() => decideOnce({ anonymousId: 'trips', events: [view('trips', 't2')] })),
    ).toMatchObject({ trips: 2 })
  })

  it('a repeat is not written again: one', async () => {
    const batch = [view('repeat', 'r0')]
    await fromPage('/v1/batch', { writeKey: WRITE_KEY, batch })
    expect(
      await logLine(() => fromPage('/v1/batch', { writeKey: WRITE_KEY, batch })),
    ).toMatchObject({ trips: 1 })
  })

  it('the line names route, status, time, epoch and request, and no key or person', async () => {
    const line = await logLine(() => withKey(SECRET_KEY, '/v1/profiles/user_id/nobody-we-know'))
    expect(line).toEqual({
      level: 'info',
      method: 'GET',
      route: '/v1/profiles/:type/:value',
      status: 404,
      ms: expect.any(Number),
      trips: 1,
      epoch: 1,
      requestId: expect.any(String),
      code: 'not_found',
    })
  })
})

/** The real store, made slow or broken. */
const spoiled = (store: ProfileStore, spoil: () => Promise<void>): ProfileStore => ({
  load: async (identifiers) => {
    await spoil()
    return store.load(identifiers)
  },
  commit: (commit) => store.commit(commit),
})

async function decideWith(over: (deps: Deps) => Partial<Deps>, events: object[] = []) {
  const ctx = createExecutionContext()
  const real = requestDeps(env, ctx)
  const deps = { ...real, ...over(real) }
  const release = await deps.releases.current()
  const source = release?.sourceByWriteKey.get(WRITE_KEY)
  if (release == null || source === undefined) throw new Error('nothing is published')
  const result = await decide(deps, {
    release,
    source,
    trusted: false,
    body: { anonymousId: 'budget', placements: ['hero'], events },
    requestId: 'r',
    receivedAtMs: Date.now(),
    budgetMs: 30,
    bytes: 100,
  })
  if (!result.ok) throw new Error(result.error.code)
  return { answer: result.value, finish: () => waitOnExecutionContext(ctx) }
}

describe('a store that is slow or down', () => {
  it('gets the fallback in time, and the events are folded behind it but not acked', async () => {
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    const { answer, finish } = await decideWith(
      ({ store }) => ({ store: spoiled(store, () => gate) }),
      [view('budget', 'slow-1')],
    )
    expect(answer).toMatchObject({ degraded: true, acked: [], profileId: null })
    expect(answer.decisions['hero']?.items[0]?.content).toEqual({ headline: 'Welcome' })
    expect((await records()).some(({ messageId }) => messageId === 'slow-1')).toBe(false)
    open()
    await finish()
    expect((await records()).some(({ messageId }) => messageId === 'slow-1')).toBe(true)
  })

  it('gets the fallback when the store fails', async () => {
    const { answer } = await decideWith(({ store }) => ({
      store: spoiled(store, () => Promise.reject(new StoreError('down'))),
    }))
    expect(answer).toMatchObject({ degraded: true, profileId: null })
    expect(answer.decisions['hero']?.items).toHaveLength(1)
  })

  it('is told in the log line of a decision and of flags, and of none that the store answered', async () => {
    // The release stays fresh, so that only the people are missing.
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const lineOf = async (path: string, body: object, DB: D1Database) => {
      const ctx = createExecutionContext()
      const request = new Request(`https://tsugi.example${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { authorization: `Bearer ${SECRET_KEY}` },
      })
      const spy = vi.spyOn(console, 'log').mockImplementation(() => undefined)
      try {
        const sure = { ...env, DB, DECIDE_BUDGET_MS: '20000' }
        expect((await app.fetch(request, sure, ctx)).status).toBe(200)
        await waitOnExecutionContext(ctx)
        return spy.mock.calls
          .map(([line]) => JSON.parse(line as string) as Record<string, unknown>)
          .find(({ route }) => route !== undefined)
      } finally {
        spy.mockRestore()
      }
    }
    const down = new Proxy(env.DB, {
      get: (real, name) =>
        name === 'prepare'
          ? () => real.prepare('SELECT * FROM no_such_table')
          : Reflect.get(real, name).bind(real),
    })
    const flags = '/ofrep/v1/evaluate/flags'
    for (const [path, body] of [
      ['/v1/decide', { anonymousId: 'logged', placements: ['hero'] }],
      [flags, { context: { targetingKey: 'logged' } }],
      [`${flags}/hero`, { context: { targetingKey: 'logged' } }],
    ] as const) {
      expect(await lineOf(path, body, env.DB)).not.toHaveProperty('degraded')
      expect(await lineOf(path, body, down)).toMatchObject({ status: 200, degraded: true })
    }
  })
})

describe('a commit whose fate is unclear', () => {
  it('is repeated and counted once, whether it had been done or not', async () => {
    for (const done of [true, false]) {
      const ctx = createExecutionContext()
      const deps = requestDeps(env, ctx)
      const release = await deps.releases.current()
      const source = release?.sourceByWriteKey.get(WRITE_KEY)
      if (release == null || source === undefined) throw new Error('nothing is published')
      let failures = 0
      const store: ProfileStore = {
        load: (identifiers) => deps.store.load(identifiers),
        commit: async (commit) => {
          if (failures++ > 0) return deps.store.commit(commit)
          if (done) await deps.store.commit(commit)
          throw new StoreError('no answer came')
        },
      }
      const { collect } = await import('../../worker/flow/collect.ts')
      const messageId = `unclear-${done}`
      const result = await collect(
        { ...deps, store },
        {
          release,
          source,
          trusted: false,
          messages: [view('unclear', messageId)],
          sentAt: null,
          receivedAtMs: Date.now(),
          bytes: 100,
        },
      )
      expect(result).toMatchObject({ ok: true, value: { acked: [messageId] } })
      expect((await records()).filter((record) => record.messageId === messageId)).toHaveLength(1)
    }
  })

  it('of a crowd on one person each lands or is told to come again', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        fromPage('/v1/batch', { writeKey: WRITE_KEY, batch: [view('crowd', `crowd-${i}`)] }),
      ),
    )
    const landed = answers.filter(({ status }) => status === 200).length
    const busy = answers.filter(({ status, body }) => status === 503 && body.code === 'store_busy')
    expect(landed + busy.length).toBe(12)
    for (const { headers } of busy) expect(headers.get('retry-after')).toBe('1')
    const logged = (await records()).filter(({ messageId }) => messageId.startsWith('crowd-'))
    expect(logged).toHaveLength(landed)
  })
})
