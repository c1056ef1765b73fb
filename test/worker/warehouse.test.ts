/** The warehouse as operators see it over HTTP, with the sink that the configuration asks for. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import worker from '../../worker/index.ts'
import type { Env } from '../../worker/env.ts'
import { openPostgres } from '../support/workerd/postgres.ts'
import {
  admin,
  call,
  configuration,
  fromPage,
  publish,
  records,
  SECRET_KEY,
  withKey,
  WRITE_KEY,
} from './site.ts'

const postgres = await openPostgres()
const HMAC_KEY = 'a-hmac-key-for-tests-of-32-characters'

async function scheduled(over: Partial<Env> = {}): Promise<void> {
  const ctx = createExecutionContext()
  const controller = { cron: '', scheduledTime: 0, noRetry: () => undefined }
  await worker.scheduled(controller, { ...(env as unknown as Env), ...over }, ctx)
  await waitOnExecutionContext(ctx)
}

const withSinks = async (...sinks: object[]) =>
  publish({ ...(await configuration()), warehouse: { sinks } })

const track = (messageId: string, userId: string) =>
  withKey(SECRET_KEY, '/v1/track', {
    messageId,
    userId,
    event: 'Order Completed',
    properties: { email: 'taro@example.com', total: 1200 },
    context: { ip: '203.0.113.7', page: { path: '/' } },
  })

const PG = { key: 'pg', kind: 'postgres', binding: 'TEST_HYPERDRIVE' }
const ofSink = async (name: string) =>
  (await admin('/warehouse')).body.sinks.find(({ sink }: { sink: string }) => sink === name)

beforeAll(async () => void (await publish(await configuration())))
beforeEach(async () => {
  await env.DB.batch(['sink', 'dead_letter'].map((table) => env.DB.prepare(`DELETE FROM ${table}`)))
})

describe('a configured sink', () => {
  it('gets what was acked, without what it may not see', async () => {
    await withSinks({
      ...PG,
      schema: 'site',
      leaveOut: ['context.ip'],
      hmac: ['user_id', 'email'],
    })
    expect((await track('w-1', 'user-1')).status).toBe(200)
    expect((await track('w-2', 'user-1')).status).toBe(200)
    await scheduled({ WAREHOUSE_HMAC_KEY: HMAC_KEY })
    const rows = await postgres.query(
      `SELECT message_id, user_id, properties, context, identifiers FROM site.events ORDER BY outbox_seq`,
    )
    expect(rows.map((row) => row['message_id'])).toEqual(['w-1', 'w-2'])
    const [first, second] = rows
    expect(first?.['user_id']).toMatch(/^[0-9a-f]{64}$/)
    expect(second?.['user_id']).toBe(first?.['user_id'])
    expect(first?.['context']).toEqual({ page: { path: '/' } })
    expect(JSON.stringify(rows)).not.toContain('taro')
    expect(JSON.stringify(rows)).not.toContain('user-1')
    expect(await ofSink('pg')).toMatchObject({ batches: 1, rows: 2, behindBatches: 0, error: null })
    expect(await ofSink('r2')).toMatchObject({ batches: 1, rows: 2 })
  })

  it('that wants HMACs without a key waits and says why', async () => {
    await withSinks({ ...PG, schema: 'no_key', hmac: ['user_id'] })
    await track('w-3', 'user-1')
    await scheduled()
    const status = await ofSink('pg')
    expect(status.behindBatches).toBeGreaterThan(0)
    expect(status.error).toContain('WAREHOUSE_HMAC_KEY')
    await scheduled({ WAREHOUSE_HMAC_KEY: HMAC_KEY })
    // Its pause is not over; an operator ends it.
    expect((await admin('/warehouse/sinks/pg/retry', {})).body).toEqual({
      sink: 'pg',
      deadLetters: 0,
    })
    await scheduled({ WAREHOUSE_HMAC_KEY: HMAC_KEY })
    expect(await ofSink('pg')).toMatchObject({ behindBatches: 0, error: null })
  })

  it('that has no binding waits and says which', async () => {
    await withSinks({ ...PG, binding: 'NOT_BOUND' })
    await scheduled()
    expect((await ofSink('pg')).error).toContain('NOT_BOUND')
  })

  it('is there without being asked for where HYPERDRIVE is bound', async () => {
    await publish(await configuration())
    expect(
      (await admin('/warehouse')).body.sinks.map(
        ({ sink, shard }: { sink: string; shard: string }) => `${sink} ${shard}`,
      ),
    ).toEqual(['r2 d1', '$tallies d1', 'r2 profiles'])
    await scheduled({ HYPERDRIVE: env.TEST_HYPERDRIVE })
    // People as they stand came along, by the cron.
    const [people] = await postgres.query('SELECT count(*)::int AS n FROM tsugi.profiles')
    expect(people?.['n']).toBeGreaterThan(0)
    const [{ n }] = (await postgres.query('SELECT count(*)::int AS n FROM tsugi.events')) as [
      { n: number },
    ]
    expect(n).toBeGreaterThanOrEqual(3)
    await withSinks()
    await env.DB.prepare('DELETE FROM sink').run()
    await scheduled({ HYPERDRIVE: env.TEST_HYPERDRIVE })
    const told = (await admin('/warehouse')).body.sinks as { sink: string }[]
    expect([...new Set(told.map(({ sink }) => sink))]).toEqual(['r2', '$tallies'])
  })

  it.each([
    ['an unknown kind', { ...PG, kind: 'mysql' }, 'warehouse.sinks[0].kind'],
    ['a schema that is none', { ...PG, schema: 'a; DROP' }, 'warehouse.sinks[0].schema'],
    [
      'a column that makes a row one',
      { ...PG, leaveOut: ['message_id'] },
      'warehouse.sinks[0].leaveOut[0]',
    ],
    ['no column', { ...PG, leaveOut: ['ip'] }, 'warehouse.sinks[0].leaveOut[0]'],
    ['the name of the files', { ...PG, key: 'r2' }, 'warehouse.sinks[0].key'],
  ])('is refused with %s', async (_, sink, path) => {
    const { status, body } = await admin('/configuration/check', {
      ...(await configuration()),
      warehouse: { sinks: [sink] },
    })
    expect(status).toBe(422)
    expect(body.errors.map((fault: { path: string }) => fault.path)).toContain(path)
  })

  it('two on the same tables are refused', async () => {
    const { status, body } = await admin('/configuration/check', {
      ...(await configuration()),
      warehouse: { sinks: [PG, { ...PG, key: 'second' }, { ...PG, schema: 'own' }] },
    })
    expect(status).toBe(422)
    expect(body.errors.map((fault: { path: string }) => fault.path)).toEqual([
      'warehouse.sinks[1].schema',
      'warehouse.sinks[2].key',
    ])
  })
})

describe('the routes of the warehouse', () => {
  const ROUTES = [
    ['GET', '/warehouse'],
    ['GET', '/metrics'],
    ['POST', '/warehouse/sinks/pg/retry'],
  ] as const

  it.each(ROUTES)('%s %s needs the admin token', async (method, path) => {
    const bare = await call(`/admin/v1${path}`, { method })
    expect([bare.status, bare.body.code]).toEqual([401, 'unauthorized'])
    for (const key of [SECRET_KEY, WRITE_KEY, 'at_demo', 'x']) {
      const body = method === 'POST' ? {} : undefined
      const { status } = await withKey(key, `/admin/v1${path}`, body, method)
      expect(status, key).toBe(401)
    }
  })

  it('a sink that is not there is no sink to try again', async () => {
    await withSinks({ ...PG })
    for (const name of ['nobody', 'r2', '%27%3B--', 'pg%20']) {
      const { status, body } = await admin(`/warehouse/sinks/${name}/retry`, {})
      expect([status, body.detail]).toEqual([404, 'the sinks are $tallies, pg'])
    }
    await withSinks()
    expect((await admin('/warehouse/sinks/pg/retry', {})).body.detail).toBe(
      'the sinks are $tallies',
    )
  })

  it('metrics are the same figures, in the text that Prometheus reads', async () => {
    await withSinks({ ...PG, schema: 'metrics' })
    await fromPage('/v1/track', { writeKey: WRITE_KEY, anonymousId: 'a', event: 'E' })
    const { body, headers } = await admin('/metrics')
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(headers.get('cache-control')).toBe('no-store')
    const lines = String(body).trimEnd().split('\n')
    for (const line of lines) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) tsugi_\w+ .+|tsugi_\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [\d.e+-]+)$/,
      )
    }
    expect(lines).toContain('tsugi_outbox_rows{shard="d1"} 1')
    expect(
      lines.some((line) => line.startsWith('tsugi_sink_behind_batches{sink="pg",shard="d1"}')),
    ).toBe(true)
    const types = lines.filter((line) => line.startsWith('# TYPE'))
    expect(new Set(types).size).toBe(types.length)
  })
})

describe('an outbox at its limit', () => {
  const event = (messageId: string) => ({ messageId, anonymousId: 'full', event: 'E' })
  /** As another isolate would: its first request asks how full the outbox is. */
  const limited = async (vars: Partial<Env>, path: string, body: unknown) => {
    const ctx = createExecutionContext()
    const request = new Request(`https://tsugi.example${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { authorization: `Bearer ${SECRET_KEY}` },
    })
    const response = await worker.fetch(request, { ...(env as unknown as Env), ...vars }, ctx)
    await waitOnExecutionContext(ctx)
    return { status: response.status, headers: response.headers, body: await response.json() }
  }

  it('takes no event, says when to come again, and loses none', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
    try {
      await scheduled()
      for (const n of [1, 2, 3]) await withKey(SECRET_KEY, '/v1/track', event(`before-${n}`))
      const FULL = { OUTBOX_MAX_ROWS: '3' }
      // The answer comes behind a request, which is therefore still taken.
      vi.advanceTimersByTime(11_000)
      expect((await limited(FULL, '/v1/track', event('meanwhile'))).status).toBe(200)
      const refused = await limited(FULL, '/v1/track', event('refused'))
      expect(refused).toMatchObject({ status: 503, body: { code: 'outbox_full' } })
      expect(refused.headers.get('retry-after')).toBe('60')
      const batch = await limited(FULL, '/v1/batch', { batch: [{ ...event('b'), type: 'track' }] })
      expect(batch.status).toBe(503)
      const decided = await limited(FULL, '/v1/decide', {
        anonymousId: 'full',
        placements: ['hero'],
        events: [{ ...event('with-a-question'), type: 'track' }],
      })
      expect(decided).toMatchObject({ status: 200, body: { acked: [], degraded: false } })
      const ids = (await records()).map(({ messageId }) => messageId)
      expect(ids).toEqual(['before-1', 'before-2', 'before-3', 'meanwhile'])
      expect((await admin('/warehouse')).body.outbox).toMatchObject({ rows: 4, isFull: false })
      await scheduled()
      // Near its limit it is asked every second.
      vi.advanceTimersByTime(1_100)
      expect((await limited(FULL, '/v1/track', event('asks'))).status).toBe(503)
      expect((await limited(FULL, '/v1/track', event('after'))).status).toBe(200)
    } finally {
      vi.useRealTimers()
    }
  })

  it('is as full by bytes', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_000 })
    try {
      await withKey(SECRET_KEY, '/v1/track', {
        ...event('large'),
        properties: { x: 'x'.repeat(9000) },
      })
      vi.advanceTimersByTime(11_000)
      await limited({ OUTBOX_MAX_BYTES: '5000' }, '/v1/track', event('last'))
      const refused = await limited({ OUTBOX_MAX_BYTES: '5000' }, '/v1/track', event('refused'))
      expect(refused.status).toBe(503)
    } finally {
      vi.useRealTimers()
    }
  })
})
