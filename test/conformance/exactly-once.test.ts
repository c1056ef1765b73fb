/** However often and however mixed up a message arrives, it counts once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSite, type Site } from './site/site.ts'

let site: Site
beforeAll(async () => {
  site = await startSite()
})
afterAll(() => site?.stop())

const HOUR_MS = 3_600_000

const batchOf = (userId: string, size: number) =>
  Array.from({ length: size }, (_, i) => ({
    type: 'track',
    event: 'Product Viewed',
    messageId: `${userId}-${i}`,
    userId,
    properties: { amount: i, category: i < 2 ? 'knitwear' : 'linen' },
    originalTimestamp: new Date(Date.now() - HOUR_MS - i * 1000).toISOString(),
  }))

/** Counted in the profile and in Parquet. */
async function expectOnce(userId: string, size: number): Promise<void> {
  const { body } = await site.profile('user_id', userId)
  expect(body.events).toHaveLength(size)
  // Two knitwear views are not three, however often they were sent.
  expect(body.segments['knit-lover']).toBe(false)
  const rows = await (
    await site.warehouse()
  ).query(
    `SELECT count(*) AS rows, count(DISTINCT message_id) AS messages,
       sum((properties->>'amount')::BIGINT)::VARCHAR AS amount
     FROM events WHERE user_id = '${userId}'`,
  )
  const amount = String((size * (size - 1)) / 2)
  expect(rows).toEqual([{ rows: String(size), messages: String(size), amount }])
}

describe('exactly once', () => {
  it('counts a batch once that is sent five times with other sentAt', async () => {
    const batch = batchOf('five', 30)
    for (let i = 0; i < 5; i++) {
      const sentAt = new Date(Date.now() + i * 13_000).toISOString()
      const { status, body } = await site.post('/v1/batch', { batch, sentAt })
      expect([status, body.accepted]).toEqual([200, 30])
      // Also when cron came in between.
      if (i === 1) await site.worker.runScheduled()
    }
    await expectOnce('five', 30)
  })

  it('counts a batch once that is sent five times at once', async () => {
    const batch = batchOf('at-once', 30)
    await Promise.all(
      Array.from({ length: 5 }, async (_, i) => {
        const sentAt = new Date(Date.now() + i * 13_000).toISOString()
        for (;;) {
          const { status } = await site.post('/v1/batch', { batch: batch.toReversed(), sentAt })
          if (status === 200) return
          expect(status).toBe(503)
        }
      }),
    )
    await expectOnce('at-once', 30)
  })

  it('counts a message once that stands in a batch many times, changed', async () => {
    const batch = batchOf('doubled', 10)
    const doubled = batch.flatMap((message, i) => [
      message,
      { ...message, anonymousId: `doubled-device-${i % 3}`, context: { retryCount: 1 } },
    ])
    const { status } = await site.post('/v1/batch', { batch: doubled })
    expect(status).toBe(200)
    await expectOnce('doubled', 10)
  })

  it('counts a message once that first came without its userId', async () => {
    const batch = batchOf('later', 10)
    const anonymous = batch.map((message) => ({
      ...message,
      userId: null,
      anonymousId: 'later-device',
    }))
    await site.post('/v1/batch', { batch: anonymous })
    const known = anonymous.map((message) => ({ ...message, userId: 'later' }))
    await site.post('/v1/batch', { batch: known })
    const { body } = await site.profile('anonymous_id', 'later-device')
    expect(body.events).toHaveLength(10)
    const rows = await (
      await site.warehouse()
    ).query(`SELECT count(*) AS rows FROM events WHERE message_id LIKE 'later-%'`)
    expect(rows).toEqual([{ rows: '10' }])
  })
})
