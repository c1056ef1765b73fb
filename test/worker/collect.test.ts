import { beforeAll, describe, expect, it } from 'vitest'
import {
  configuration,
  fromPage,
  OPEN_KEY,
  profileOf,
  publish,
  records,
  SECRET_KEY,
  withKey,
  WRITE_KEY,
} from './site.ts'

beforeAll(async () => {
  await publish(await configuration())
})

const track = (anonymousId: string, messageId: string, extra: object = {}) => ({
  type: 'track',
  event: 'Product Viewed',
  messageId,
  anonymousId,
  properties: { category: 'knitwear' },
  ...extra,
})

describe('collect', () => {
  it('takes all six calls on long and short paths', async () => {
    const calls = {
      identify: 'i',
      track: 't',
      page: 'p',
      screen: 's',
      group: 'g',
      alias: 'a',
    }
    for (const [type, short] of Object.entries(calls)) {
      for (const path of [type, short]) {
        const body = {
          writeKey: WRITE_KEY,
          messageId: `six-${path}`,
          anonymousId: 'six',
          ...(type === 'track' ? { event: 'Six' } : {}),
          ...(type === 'group' ? { groupId: 'g1' } : {}),
          ...(type === 'alias' ? { previousId: 'six-before' } : {}),
        }
        const answer = await fromPage(`/v1/${path}`, body)
        expect([path, answer.status, answer.body]).toEqual([
          path,
          200,
          { success: true, accepted: 1, rejected: [] },
        ])
      }
    }
    const six = (await records()).filter(({ messageId }) => messageId.startsWith('six-'))
    expect(six.map(({ type }) => type).sort()).toEqual(
      Object.keys(calls)
        .flatMap((type) => [type, type])
        .sort(),
    )
  })

  it('counts a batch sent five times with other sentAt once', async () => {
    const batch = Array.from({ length: 20 }, (_, i) =>
      track('five', `five-${i}`, { originalTimestamp: '2026-11-01T00:00:00Z' }),
    )
    for (let i = 0; i < 5; i++) {
      const { status, body } = await fromPage('/v1/batch', {
        writeKey: WRITE_KEY,
        batch,
        sentAt: new Date(Date.parse('2026-11-01T00:01:00Z') + i * 7000).toISOString(),
      })
      expect([status, body.accepted]).toEqual([200, 20])
    }
    expect((await records()).filter(({ messageId }) => messageId.startsWith('five-'))).toHaveLength(
      20,
    )
    const { body } = await profileOf('anonymous_id', 'five')
    expect(body.events).toHaveLength(20)
  })

  it.each([[null], [[]], [7], [true], ['text']])(
    'keeps the good event beside %j, in a batch and in a question',
    async (bad) => {
      const good = (where: string) => track('beside', `beside-${JSON.stringify(bad)}-${where}`)
      const batch = await fromPage('/v1/batch', { writeKey: WRITE_KEY, batch: [bad, good('b')] })
      expect([batch.status, batch.body.accepted]).toEqual([200, 1])
      const asked = await fromPage('/v1/decide', {
        writeKey: WRITE_KEY,
        anonymousId: 'beside',
        placements: ['hero'],
        events: [good('q'), bad],
      })
      expect([asked.status, asked.body.acked]).toEqual([200, [good('q').messageId]])
      const refused = [batch, asked].map(({ body }) => body.rejected)
      expect(refused).toMatchObject([
        [{ index: 0, code: 'invalid_message', messageId: null }],
        [{ index: 1, code: 'invalid_message', messageId: null }],
      ])
    },
  )

  it('keeps the good events of a batch and names the bad ones by index and reason', async () => {
    const { status, body } = await fromPage('/v1/batch', {
      writeKey: WRITE_KEY,
      batch: [
        track('mixed', 'mixed-1'),
        { type: 'track', messageId: 'mixed-2', anonymousId: 'mixed' },
        'not an object',
        track('mixed', 'mixed-3', { properties: 'text' }),
        { type: 'track', event: 'X', messageId: 'mixed-4' },
        track('mixed', 'mixed-5', { originalTimestamp: 'yesterday' }),
        track('null', 'mixed-6'),
        track('mixed', 'mixed-7'),
      ],
    })
    expect(status).toBe(200)
    expect(body.accepted).toBe(2)
    expect(body.rejected.map((r: { index: number; code: string }) => [r.index, r.code])).toEqual([
      [1, 'invalid_message'],
      [2, 'invalid_message'],
      [3, 'invalid_message'],
      [4, 'missing_identifier'],
      [5, 'invalid_timestamp'],
      [6, 'invalid_identifier'],
    ])
  })

  it('corrects the clock of the sender and keeps all four times', async () => {
    const before = Date.now()
    await fromPage('/v1/batch', {
      writeKey: WRITE_KEY,
      sentAt: '2040-01-01T00:10:00Z',
      batch: [track('skew', 'skew-1', { originalTimestamp: '2040-01-01T00:00:00Z' })],
    })
    const record = (await records()).find(({ messageId }) => messageId === 'skew-1')
    expect(record).toMatchObject({
      originalTimestampMs: Date.parse('2040-01-01T00:00:00Z'),
      sentAtMs: Date.parse('2040-01-01T00:10:00Z'),
    })
    const receivedAtMs = record?.['receivedAtMs'] as number
    expect(receivedAtMs).toBeGreaterThanOrEqual(before)
    expect(record?.['timestampMs']).toBe(receivedAtMs - 600_000)
  })

  it('commits a batch for many people in chunks', async () => {
    const batch = Array.from({ length: 130 }, (_, i) => track(`crowd-${i}`, `crowd-${i}`))
    const { body } = await fromPage('/v1/batch', { writeKey: WRITE_KEY, batch })
    expect(body.accepted).toBe(130)
    const rows = (await records()).filter(({ messageId }) => messageId.startsWith('crowd-'))
    expect(rows).toHaveLength(130)
    expect(new Set(rows.map(({ seq }) => seq)).size).toBe(3)
    expect(new Set(rows.map((row) => row['profileId'])).size).toBe(130)
  })

  it('takes server events with the secret key', async () => {
    const { status } = await withKey(SECRET_KEY, '/v1/track', {
      userId: 'pos-1',
      event: 'Order Completed',
      properties: { revenue: 4200, currency: 'JPY' },
    })
    expect(status).toBe(200)
    expect((await profileOf('user_id', 'pos-1')).body.events[0].event).toBe('Order Completed')
  })
})

describe('identity', () => {
  it('spells phone and e-mail one way', async () => {
    await withKey(SECRET_KEY, '/v1/identify', {
      userId: 'taro',
      traits: { email: 'Taro@Example.com', phone: '０９０-1234-5678' },
    })
    const byMail = await profileOf('email', 'taro@example.com')
    const byPhone = await profileOf('phone', '+81 90 1234 5678')
    expect(byMail.status).toBe(200)
    expect(byPhone.body.profileId).toBe(byMail.body.profileId)
  })

  it('joins an anonymous visitor with the known person on an open source', async () => {
    const open = (path: string, body: object) =>
      fromPage(path, { writeKey: OPEN_KEY, ...body }, 'https://open.example')
    await open('/v1/track', { anonymousId: 'phone', event: 'Product Viewed', messageId: 'open-1' })
    await open('/v1/identify', {
      anonymousId: 'phone',
      userId: 'hana',
      messageId: 'open-2',
      traits: { plan: 'pro' },
    })
    await open('/v1/track', { anonymousId: 'laptop', event: 'Product Added', messageId: 'open-3' })
    await open('/v1/identify', { anonymousId: 'laptop', userId: 'hana', messageId: 'open-4' })
    const { body } = await profileOf('user_id', 'hana')
    expect(body.events.map((e: { event: string }) => e.event).sort()).toEqual([
      '$identify',
      '$identify',
      'Product Added',
      'Product Viewed',
    ])
    expect(body.traits.plan).toMatchObject({ value: 'pro', source: 'open' })
    expect((await profileOf('anonymous_id', 'laptop')).body.profileId).toBe(body.profileId)
    const merges = (await records()).filter(({ type }) => type === '$merge')
    expect(merges).toHaveLength(1)
    expect(merges[0]).toMatchObject({ profileId: body.profileId })
  })

  it('keeps an unproven userId as a claim that joins nobody', async () => {
    await withKey(SECRET_KEY, '/v1/identify', { userId: 'victim', traits: { plan: 'pro' } })
    const { status } = await fromPage('/v1/identify', {
      writeKey: WRITE_KEY,
      anonymousId: 'stranger',
      userId: 'victim',
      messageId: 'claim-1',
      traits: { plan: 'stolen' },
    })
    expect(status).toBe(200)
    const victim = await profileOf('user_id', 'victim')
    const stranger = await profileOf('anonymous_id', 'stranger')
    expect(stranger.body.profileId).not.toBe(victim.body.profileId)
    expect(victim.body.traits.plan.value).toBe('pro')
    const record = (await records()).find(({ messageId }) => messageId === 'claim-1')
    expect(record?.['claims']).toEqual(['user_id:victim'])
  })
})
