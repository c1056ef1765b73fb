import { beforeAll, describe, expect, it } from 'vitest'
import { SignJWT } from 'jose'
import { env } from 'cloudflare:workers'
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

let n = 0
const viewed = (anonymousId: string, category = 'knitwear') => ({
  type: 'track',
  event: 'Product Viewed',
  messageId: `view-${++n}`,
  anonymousId,
  properties: { category, price: 9800 },
})
const decide = (anonymousId: string, body: object = {}) =>
  fromPage('/v1/decide', { writeKey: WRITE_KEY, anonymousId, placements: ['hero'], ...body })
const headline = (answer: {
  body: { decisions: Record<string, { items: { content: { headline: string } }[] }> }
}) => answer.body.decisions['hero']?.items[0]?.content.headline

describe('decide', () => {
  it('changes its mind within the request that brings the third view', async () => {
    expect(headline(await decide('v1', { events: [viewed('v1')] }))).toBe('Welcome')
    expect(headline(await decide('v1', { events: [viewed('v1')] }))).toBe('Welcome')
    const third = await decide('v1', { events: [viewed('v1')] })
    expect(headline(third)).toBe('Warm knits')
    expect(third.body).toMatchObject({ degraded: false, epoch: 1, acked: [`view-${n}`] })
  })

  it('tells a browser content and decisionId, and nothing else', async () => {
    const { body } = await decide('v1')
    expect(Object.keys(body.decisions.hero)).toEqual(['items'])
    expect(Object.keys(body.decisions.hero.items[0])).toEqual(['decisionId', 'content'])
    const text = JSON.stringify(body) + atobUrl(body.decisions.hero.items[0].decisionId)
    for (const secret of [
      'knit-lover',
      'knit-policy',
      'Product Viewed',
      'category',
      'pro-policy',
    ]) {
      expect(text).not.toContain(secret)
    }
  })

  it('sanitizes HTML at publish and chooses the language', async () => {
    const { body } = await decide('v1', { context: { locale: 'ja-JP' } })
    expect(body.decisions.hero.items[0].content).toEqual({
      headline: 'あたたかいニット',
      href: '/knitwear',
      body: { html: '<b>now</b>' },
    })
  })

  it('counts an impression once and keeps the cap', async () => {
    for (let i = 0; i < 3; i++) await decide('cap', { events: [viewed('cap')] })
    const seen: (string | undefined)[] = []
    for (let i = 0; i < 3; i++) {
      const answer = await decide('cap')
      seen.push(headline(answer))
      const { decisionId } = answer.body.decisions.hero.items[0]
      for (let again = 0; again < 3; again++) {
        const event = {
          type: 'track',
          event: '$impression',
          messageId: `imp-${i}-${again}`,
          anonymousId: 'cap',
          properties: { decisionId },
        }
        const { body } = await fromPage('/v1/batch', { writeKey: WRITE_KEY, batch: [event] })
        expect(body.accepted).toBe(1)
      }
    }
    expect(seen).toEqual(['Warm knits', 'Warm knits', 'Welcome'])
    const impressions = (await records()).filter((r) => r['event'] === '$impression')
    expect(impressions).toHaveLength(3)
    expect(impressions[0]?.['properties']).toMatchObject({ action: 'knit', policy: 'knit-policy' })
  })

  it('answers a repeated requestId alike', async () => {
    const body = { requestId: 'request-0001', events: [viewed('twice')] }
    const first = await decide('twice', body)
    const second = await decide('twice', { ...body, sentAt: '2026-01-01T00:00:00Z' })
    expect(second.body).toEqual(first.body)
    const other = await decide('somebody-else', { requestId: 'request-0001' })
    expect(other.body.profileId).toBeNull()
  })

  it('splits evenly, and always the same way for one person', async () => {
    const counts: Record<string, number> = {}
    for (let i = 0; i < 200; i++) {
      const ask = () =>
        fromPage('/v1/decide', {
          writeKey: WRITE_KEY,
          anonymousId: `split-${i}`,
          placements: ['slot'],
        })
      const [one, two] = [await ask(), await ask()]
      const arm = one.body.decisions.slot.items[0].content.headline
      expect(two.body.decisions.slot.items[0].content.headline).toBe(arm)
      counts[arm] = (counts[arm] ?? 0) + 1
    }
    // Six standard deviations of a fair coin thrown 200 times.
    expect(Math.abs((counts['A'] ?? 0) - 100)).toBeLessThan(43)
  })

  it('explains to the secret key, also as of another moment', async () => {
    const ask = (extra: object) =>
      withKey(SECRET_KEY, '/v1/decide', {
        anonymousId: 'v1',
        placements: ['hero'],
        explain: true,
        ...extra,
      })
    const now = (await ask({})).body.decisions.hero
    expect(now.reason).toEqual({ kind: 'priority', policy: 'knit-policy' })
    expect(now.explain.segments).toMatchObject({ 'knit-lover': true, pro: false })
    expect(now.explain.policies[0]).toMatchObject({ policy: 'knit-policy', passed: true })
    const later = (await ask({ at: new Date(Date.now() + 8 * 86_400_000).toISOString() })).body
      .decisions.hero
    expect(later.reason).toEqual({ kind: 'fallback', because: 'no_policy_matched' })
    expect(later.explain.policies[0]).toMatchObject({ stoppedBy: 'audience' })
    const refused = await decide('v1', { explain: true })
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden'])
  })

  it('reads a known profile only under a token that holds', async () => {
    await withKey(SECRET_KEY, '/v1/identify', { userId: 'pro-1', traits: { plan: 'pro' } })
    const ask = async (token: string | undefined) =>
      fromPage('/v1/decide', {
        writeKey: WRITE_KEY,
        anonymousId: 'guess',
        userId: 'pro-1',
        token,
        placements: ['hero'],
      })
    const sign = (secret: string, audience = 'tsugi', sub = 'pro-1', exp = '5m') =>
      new SignJWT({ sub })
        .setProtectedHeader({ alg: 'HS256' })
        .setAudience(audience)
        .setExpirationTime(exp)
        .sign(new TextEncoder().encode(secret))
    const secret = (
      JSON.parse((env as { IDENTITY_SECRETS?: string }).IDENTITY_SECRETS ?? '{}') as {
        site: string
      }
    ).site
    expect(headline(await ask(undefined))).toBe('Welcome')
    expect(headline(await ask(await sign(secret)))).toBe('For pros')
    expect(headline(await ask(await sign(secret, 'tsugi', 'somebody')))).toBe('Welcome')
    // One that has expired proves nothing, and the visitor is decided for all the same.
    expect(headline(await ask(await sign(secret, 'tsugi', 'pro-1', '-5m')))).toBe('Welcome')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    const claims = Buffer.from('{"sub":"pro-1","aud":"tsugi","exp":9999999999}').toString(
      'base64url',
    )
    const forged = [
      await sign('another secret of thirty-two bytes!'),
      await sign(secret, 'another audience'),
      `${none}.${claims}.`,
      'no.token.atall',
    ]
    for (const token of forged) {
      const { status, body } = await ask(token)
      expect([status, body.code]).toEqual([401, 'invalid_token'])
    }
  })

  it('refuses an unpublished placement, a forged decisionId, impossible people', async () => {
    expect((await decide('x', { placements: ['hero', 'nowhere'] })).body.code).toBe(
      'unknown_placement',
    )
    expect((await decide('x', { placements: [] })).body.code).toBe('invalid_body')
    expect((await decide('null')).body.code).toBe('invalid_identifier')
    const genuine = (await decide('x')).body.decisions.hero.items[0].decisionId as string
    const forged = [...genuine]
    forged[30] = forged[30] === 'A' ? 'B' : 'A'
    for (const decisionId of [
      forged.join(''),
      'd1',
      'd1AAAA',
      'x',
      7,
      undefined,
      genuine.slice(0, -1),
    ]) {
      const { body, status } = await fromPage('/v1/track', {
        writeKey: WRITE_KEY,
        anonymousId: 'x',
        event: '$impression',
        properties: { decisionId },
      })
      expect([status, body.code]).toEqual([400, 'invalid_decision_id'])
    }
  })

  it('keeps an identify whose token expired on the way as a claim', async () => {
    const secret = (
      JSON.parse((env as { IDENTITY_SECRETS?: string }).IDENTITY_SECRETS ?? '{}') as {
        site: string
      }
    ).site
    const token = await new SignJWT({ sub: 'pro-1' })
      .setProtectedHeader({ alg: 'HS256' })
      .setAudience('tsugi')
      .setExpirationTime('-5m')
      .sign(new TextEncoder().encode(secret))
    const identify = {
      type: 'identify',
      messageId: 'old-token',
      anonymousId: 'offline',
      userId: 'pro-1',
      traits: { nickname: 'K' },
      token,
    }
    const { body } = await fromPage('/v1/batch', { writeKey: WRITE_KEY, batch: [identify] })
    expect([body.accepted, body.rejected]).toEqual([1, []])
    const { body: offline } = await profileOf('anonymous_id', 'offline')
    expect(offline.traits.nickname.value).toBe('K')
    expect(offline.identifiers).toHaveLength(1)
  })

  it('takes an exposure from whom it was shown to only', async () => {
    const { body } = await decide('seer')
    const { decisionId } = body.decisions.hero.items[0]
    const report = (anonymousId: string) =>
      fromPage('/v1/track', {
        writeKey: WRITE_KEY,
        anonymousId,
        event: '$impression',
        properties: { decisionId },
      })
    expect((await report('thief')).body.code).toBe('invalid_decision_id')
    expect((await report('seer')).status).toBe(200)
  })

  it('draws a visitor’s arm alike before and after they are known', async () => {
    const open = (body: object) =>
      fromPage(
        '/v1/decide',
        { writeKey: OPEN_KEY, placements: ['slot'], ...body },
        'https://open.example',
      )
    for (let i = 0; i < 20; i++) {
      const anonymousId = `arm-${i}`
      const before = (await open({ anonymousId })).body.decisions.slot.items[0].content
      const identify = {
        type: 'identify',
        anonymousId,
        userId: `arm-user-${i}`,
        messageId: anonymousId,
      }
      const after = await open({ anonymousId, userId: `arm-user-${i}`, events: [identify] })
      expect(after.body.decisions.slot.items[0].content).toEqual(before)
    }
  })

  it('never reads context as traits', async () => {
    expect(
      headline(await decide('ctx', { context: { plan: 'pro', traits: { plan: 'pro' } } })),
    ).toBe('Welcome')
  })

  it('joins devices at identify and decides by the joined profile', async () => {
    const open = (body: object, path = '/v1/decide') =>
      fromPage(path, { writeKey: OPEN_KEY, ...body }, 'https://open.example')
    for (let i = 0; i < 3; i++)
      await open({ anonymousId: 'dev-1', placements: ['hero'], events: [viewed('dev-1')] })
    await open({ anonymousId: 'dev-1', userId: 'emi' }, '/v1/identify')
    const identify = { type: 'identify', anonymousId: 'dev-2', userId: 'emi', messageId: 'id-2' }
    const second = await open({
      anonymousId: 'dev-2',
      userId: 'emi',
      placements: ['hero'],
      events: [identify],
    })
    expect(headline(second)).toBe('Warm knits')
    expect((await profileOf('anonymous_id', 'dev-2')).body.profileId).toBe(second.body.profileId)
  })
})

const atobUrl = (text: string): string => {
  const padded = text.slice(2).replaceAll('-', '+').replaceAll('_', '/')
  return atob(padded)
}
