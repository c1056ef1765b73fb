/** What a decisionId is worth: once, to its asker, for as long as it holds. */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { decisionSeal } from '../../worker/http/decision-seal.ts'
import { textSeal } from '../../worker/http/text-seal.ts'
import {
  configuration,
  fromPage,
  profileOf,
  publish,
  records,
  SECRET_KEY,
  withKey,
  WRITE_KEY,
  type Answer,
} from './site.ts'

const { SIGNING_KEY } = env as unknown as { SIGNING_KEY: string }
const DAY_MS = 86_400_000

beforeAll(async () => {
  await publish(await configuration())
})

async function shown(anonymousId: string): Promise<string> {
  const events = [1, 2, 3].map((n) => ({
    type: 'track',
    event: 'Product Viewed',
    messageId: `${anonymousId}-${n}`,
    anonymousId,
    properties: { category: 'knitwear' },
  }))
  const { body } = await fromPage('/v1/decide', {
    writeKey: WRITE_KEY,
    anonymousId,
    placements: ['hero'],
    events,
  })
  return body.decisions.hero.items[0].decisionId
}

const report = (anonymousId: string, decisionId: string, event = '$impression'): Promise<Answer> =>
  fromPage('/v1/track', { writeKey: WRITE_KEY, anonymousId, event, properties: { decisionId } })

const counted = async (anonymousId: string): Promise<number> =>
  (await profileOf('anonymous_id', anonymousId)).body.exposures['impression:action:knit']?.recent
    .length ?? 0

describe('an exposure counts once', () => {
  it('sent again, doubled in a batch, at once, and under other messageIds', async () => {
    const decisionId = await shown('once')
    const impression = (messageId: string) => ({
      type: 'track',
      event: '$impression',
      messageId,
      anonymousId: 'once',
      properties: { decisionId },
    })
    await fromPage('/v1/batch', {
      writeKey: WRITE_KEY,
      batch: [impression('i-1'), impression('i-1'), impression('i-2')],
    })
    await Promise.all(Array.from({ length: 5 }, () => report('once', decisionId)))
    expect(await counted('once')).toBe(1)
    const rows = (await records()).filter(
      ({ properties }) => (properties as { decisionId?: string })?.decisionId === decisionId,
    )
    expect(rows).toHaveLength(1)
    expect(rows[0]?.messageId).toMatch(/^impression:/)
  })

  it('of each kind', async () => {
    const decisionId = await shown('kinds')
    for (const event of ['$impression', '$click', '$dismiss', '$click', '$impression']) {
      expect((await report('kinds', decisionId, event)).status).toBe(200)
    }
    const rows = (await records()).filter(
      ({ properties }) => (properties as { decisionId?: string })?.decisionId === decisionId,
    )
    expect(rows.map(({ event }) => event)).toEqual(['$impression', '$click', '$dismiss'])
  })
})

describe('a decisionId that holds for nobody', () => {
  const refused = async (decisionId: string, anonymousId = 'r'): Promise<string> => {
    const { status, body } = await report(anonymousId, decisionId)
    expect([status, body.code, body.field]).toEqual([
      400,
      'invalid_decision_id',
      'properties.decisionId',
    ])
    return body.detail
  }

  it('was sealed by another deployment, or for something else', async () => {
    const decisionId = await shown('r')
    const claim = decisionSeal(SIGNING_KEY).open(decisionId)
    if (claim === null) throw new Error('our own decisionId does not open')
    await refused(await decisionSeal('another-signing-key-of-32-bytes-or-more').seal(claim))
    const row = JSON.stringify(['id', null, 'hero', null, 'knit', null, 1, 1, Date.now(), 0])
    await refused(textSeal(SIGNING_KEY, 'device').seal(row))
    expect((await report('r', await decisionSeal(SIGNING_KEY).seal(claim))).status).toBe(200)
  })

  it('is another asker’s', async () => {
    const decisionId = await shown('mine')
    await refused(decisionId, 'thief')
    await withKey(SECRET_KEY, '/v1/identify', { userId: 'mine', anonymousId: 'other-phone' })
    await refused(decisionId, 'other-phone')
    expect(await counted('mine')).toBe(0)
  })

  it('has expired: it holds for 90 days', async () => {
    const decisionId = await shown('old')
    const nowMs = Date.now()
    try {
      vi.setSystemTime(nowMs + 90 * DAY_MS + 1000)
      expect(await refused(decisionId, 'old')).toMatch(/too old/)
      vi.setSystemTime(nowMs + 89 * DAY_MS)
      expect((await report('old', decisionId)).status).toBe(200)
    } finally {
      vi.useRealTimers()
    }
  })

  it('whatever its sender says of the time', async () => {
    const decisionId = await shown('clock')
    const nowMs = Date.now()
    vi.setSystemTime(nowMs + 91 * DAY_MS)
    const { body } = await fromPage('/v1/track', {
      writeKey: WRITE_KEY,
      anonymousId: 'clock',
      event: '$click',
      originalTimestamp: new Date(nowMs).toISOString(),
      properties: { decisionId },
    })
    vi.useRealTimers()
    expect(body.code).toBe('invalid_decision_id')
  })
})

describe('one that a server asked for', () => {
  it('is reported by whoever holds it, and counts for them, once', async () => {
    const { body } = await withKey(SECRET_KEY, '/v1/decide', {
      anonymousId: 'reader',
      placements: ['hero'],
    })
    const { decisionId } = body.decisions.hero.items[0]
    expect((await report('mail-client', decisionId, '$click')).status).toBe(200)
    const again = await withKey(SECRET_KEY, '/v1/track', {
      anonymousId: 'mail-client',
      event: '$click',
      properties: { decisionId },
    })
    expect(again.status).toBe(200)
    const rows = (await records()).filter(
      ({ properties }) => (properties as { decisionId?: string })?.decisionId === decisionId,
    )
    expect(rows).toHaveLength(1)
  })
})
