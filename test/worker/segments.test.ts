/** What operators ask about segments, over HTTP. */
import { beforeAll, describe, expect, it } from 'vitest'
import { admin, configuration, publish, SECRET_KEY, withKey } from './site.ts'

const see = (userId: string, n: number) =>
  withKey(SECRET_KEY, '/v1/batch', {
    batch: Array.from({ length: n }, (_, i) => ({
      type: 'track',
      event: 'Product Viewed',
      messageId: `${userId}-${i}`,
      userId,
      properties: { category: 'knitwear' },
    })),
  })

beforeAll(async () => {
  await publish(await configuration())
  for (let i = 0; i < 7; i++) await see(`person-${i}`, i)
})

describe('resegment', () => {
  it('goes through everybody in steps', async () => {
    const config = await configuration()
    await publish({
      ...config,
      segments: [
        ...(config['segments'] as object[]),
        { key: 'seen', name: 'Seen', when: { seen: 'first', exists: true } },
      ],
    })
    let entered = 0
    let cursor: string | null = null
    let steps = 0
    do {
      const { status, body } = await admin('/segments/resegment', { cursor, limit: 2 })
      expect(status).toBe(200)
      expect(body.scanned).toBeLessThanOrEqual(2)
      entered += body.entered
      cursor = body.next
      steps++
    } while (cursor !== null)
    expect([entered, steps]).toEqual([6, 4])
    expect((await admin('/segments/resegment', {})).body).toMatchObject({ changed: 0, scanned: 6 })
  })

  it('refuses what it cannot mean', async () => {
    for (const body of [
      { limit: 0 },
      { limit: 501 },
      { limit: '5' },
      { cursor: 7 },
      { cursor: '' },
      { cursor: 'nonsense' },
      { repair: 'yes' },
      { all: true },
      [],
      'null',
      '7',
    ]) {
      const { status, body: problem } = await admin('/segments/resegment', body)
      expect([JSON.stringify(body), status, problem.code]).toEqual([
        JSON.stringify(body),
        400,
        'invalid_body',
      ])
    }
    expect((await admin('/segments/resegment', '{"__proto__": {}}')).body.code).toBe(
      'forbidden_key',
    )
    expect((await admin('/segments/resegment', '{')).body.code).toBe('invalid_json')
  })
})

const explain = (body: unknown) => admin('/segments/explain', body)
const kei = { profile: { type: 'user_id', value: 'person-6' } }

describe('explain', () => {
  it('says why, down to the leaf, until when, and what the log says', async () => {
    const { status, body } = await explain({ ...kei, segments: ['knit-lover', 'pro'] })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      profileId: expect.any(String),
      segments: [
        {
          key: 'knit-lover',
          member: true,
          recorded: true,
          requestScoped: false,
          trace: { holds: true, seen: 6, condition: expect.stringContaining('Product Viewed') },
        },
        { key: 'pro', member: false, recorded: false, nextChange: null, trace: { seen: null } },
      ],
    })
    // A week after the fourth of six, when only two are left.
    const inAWeek = Date.parse(body.segments[0].nextChange) - Date.parse(body.asOf)
    expect(inAWeek).toBeGreaterThan(6.9 * 86_400_000)
    expect(inAWeek).toBeLessThanOrEqual(7 * 86_400_000)
    const byId = await explain({ profileId: body.profileId, segments: ['knit-lover'] })
    expect(byId.body.segments[0].member).toBe(true)
    const later = await explain({
      ...kei,
      segments: ['knit-lover'],
      at: body.segments[0].nextChange,
    })
    expect(later.body.segments[0]).toMatchObject({ member: false, recorded: true })
    expect((await explain(kei)).body.segments.length).toBeGreaterThan(2)
  })

  it('tries a condition that nobody published, with a context and published segments in it', async () => {
    const when = {
      all: [
        { segment: 'knit-lover' },
        { event: 'Product Viewed', count: { gte: 6 } },
        { context: 'device', eq: 'phone' },
      ],
    }
    const out = await explain({ ...kei, when })
    expect(out.body.segments).toEqual([])
    expect(out.body.when).toMatchObject({
      member: false,
      requestScoped: true,
      trace: { parts: [{ holds: true }, { holds: true, seen: 6 }, { holds: false, seen: null }] },
    })
    const on = await explain({ ...kei, when, context: { device: 'phone' } })
    expect(on.body.when.member).toBe(true)
    expect(on.body.when.nextChange).not.toBeNull()
    const leftNothing = await explain({ ...kei })
    expect(leftNothing.body.segments.map(({ key }: { key: string }) => key)).not.toContain(
      '$unpublished',
    )
  })

  it('a merged person’s old id leads to who they are now', async () => {
    await withKey(SECRET_KEY, '/v1/track', { anonymousId: 'old-phone', event: 'E' })
    const { body } = await explain({ profile: { type: 'anonymous_id', value: 'old-phone' } })
    await withKey(SECRET_KEY, '/v1/identify', { anonymousId: 'old-phone', userId: 'person-6' })
    const now = await explain({ profileId: body.profileId })
    const person = await explain(kei)
    expect(now.body.profileId).toBe(person.body.profileId)
  })

  it('refuses what it cannot mean', async () => {
    const when = { trait: 'plan', eq: 'pro' }
    const faults: [body: unknown, status: number, code: string][] = [
      [{}, 400, 'invalid_body'],
      [{ ...kei, profileId: 'x' }, 400, 'invalid_body'],
      [{ profile: { type: 'user_id' } }, 400, 'invalid_body'],
      [{ profile: 'person-6' }, 400, 'invalid_body'],
      [{ ...kei, segments: ['no-such'] }, 400, 'invalid_body'],
      [{ ...kei, segments: Array.from({ length: 501 }, () => 'pro') }, 400, 'invalid_body'],
      [{ ...kei, at: 'soon' }, 400, 'invalid_body'],
      [{ ...kei, context: [] }, 400, 'invalid_body'],
      [{ ...kei, when: { trait: 'plan' } }, 422, 'invalid_condition'],
      [{ ...kei, when: { trait: 'plan', eq: 'pro', or: 1 } }, 422, 'invalid_condition'],
      [{ ...kei, when: { segment: 'no-such' } }, 422, 'invalid_condition'],
      [{ ...kei, when: { segment: '$unpublished' } }, 422, 'invalid_condition'],
      [
        { ...kei, when: { all: Array.from({ length: 501 }, () => when) } },
        422,
        'invalid_condition',
      ],
      [{ ...kei, when: { trait: 'born', before: '2026-02-30' } }, 422, 'invalid_condition'],
      [{ profile: { type: 'user_id', value: 'nobody' } }, 404, 'not_found'],
      [{ profile: { type: 'user_id', value: 'null' } }, 404, 'not_found'],
      [{ profileId: 'nobody' }, 404, 'not_found'],
      [{ profileId: `' OR 1=1 --` }, 404, 'not_found'],
    ]
    for (const [body, status, code] of faults) {
      const answer = await explain(body)
      expect([JSON.stringify(body).slice(0, 99), answer.status, answer.body.code]).toEqual([
        JSON.stringify(body).slice(0, 99),
        status,
        code,
      ])
    }
    const { body } = await explain({ ...kei, when: { all: [when, { segment: 'no-such' }] } })
    expect(body.errors).toEqual([
      {
        path: expect.stringMatching(/^when/),
        wrong: expect.stringContaining('no-such'),
        allowed: expect.any(String),
      },
    ])
  })
})

const preview = (body: object) => admin('/segments/preview', body)

describe('preview', () => {
  const viewed = (gte: number) => ({ event: 'Product Viewed', count: { gte } })

  it('counts everybody once, step by step, and shows some of those who fit', async () => {
    let cursor: string | null = null
    const sum = { scanned: 0, matched: 0 }
    const sample: { identifiers: { value: string }[] }[] = []
    let steps = 0
    do {
      const { status, body } = await preview({ when: viewed(4), cursor, limit: 2, sample: 1 })
      expect(status).toBe(200)
      expect(body).toMatchObject({ requestScoped: false, epoch: expect.any(Number) })
      expect(body.sample.length).toBeLessThanOrEqual(1)
      sum.scanned += body.scanned
      sum.matched += body.matched
      sample.push(...body.sample)
      cursor = body.next
      steps++
    } while (cursor !== null)
    // The one who was merged is not counted.
    expect(sum).toEqual({ scanned: 6, matched: 3 })
    expect(steps).toBeGreaterThan(2)
    expect(sample.length).toBeGreaterThan(0)
    for (const { identifiers } of sample) {
      expect(identifiers[0]?.value).toMatch(/^person-[456]$/)
    }
    const whole = (await preview({ when: viewed(1), limit: 500, sample: 0 })).body
    expect(whole).toMatchObject({ scanned: 6, matched: 6, sample: [] })
  })

  it('counts as of a moment, and says where there is no request to read', async () => {
    const when = { event: 'Product Viewed', last: '1d' }
    const later = new Date(Date.now() + 2 * 86_400_000).toISOString()
    expect((await preview({ when, limit: 500 })).body.matched).toBe(6)
    expect((await preview({ when, limit: 500, at: later })).body).toMatchObject({
      matched: 0,
      asOf: later,
    })
    const context = { context: 'device', eq: 'phone' }
    expect((await preview({ when: context })).body).toMatchObject({
      matched: 0,
      requestScoped: true,
    })
  })

  it('refuses what it cannot mean', async () => {
    for (const [body, status, code] of [
      [{}, 400, 'invalid_body'],
      [{ when: viewed(1), limit: 0 }, 400, 'invalid_body'],
      [{ when: viewed(1), sample: 51 }, 400, 'invalid_body'],
      [{ when: viewed(1), at: 'now' }, 400, 'invalid_body'],
      [{ when: viewed(1), cursor: 'nonsense' }, 400, 'invalid_body'],
      [{ when: 7 }, 422, 'invalid_condition'],
      [{ when: { segment: 'nope' } }, 422, 'invalid_condition'],
    ] as const) {
      const answer = await preview(body)
      expect([answer.status, answer.body.code]).toEqual([status, code])
    }
  })
})

describe('a profile’s segments', () => {
  it('as they stand now, with what is recorded and until when', async () => {
    const get = (query: string) =>
      withKey(SECRET_KEY, `/v1/profiles/user_id/person-6/segments${query}`)
    const plain = (await get('?include=knit-lover,pro')).body
    expect(plain.data).toEqual({ 'knit-lover': true, pro: false })
    const { data, nextChange } = (await get('?include=knit-lover,pro&verbose=true')).body
    expect(data).toEqual({
      'knit-lover': { member: true, recorded: true, nextChange },
      pro: { member: false, recorded: false, nextChange: null },
    })
    expect(plain.nextChange).toBe(nextChange)
    expect((await get('?include=pro')).body.nextChange).toBeNull()
    expect(
      (await withKey(SECRET_KEY, '/v1/profiles/user_id/person-6/traits')).body,
    ).not.toHaveProperty('nextChange')
  })
})
