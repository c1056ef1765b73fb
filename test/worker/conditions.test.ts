/** Conditions through the whole worker: whose clock it is, why, what publishing warns of and what it refuses. */
import { beforeAll, describe, expect, it } from 'vitest'
import {
  admin,
  call,
  configuration,
  ORIGIN,
  publish,
  SECRET_KEY,
  withKey,
  WRITE_KEY,
} from './site.ts'

const HOUR_MS = 3_600_000
/** Five hours ahead of the workspace's Tokyo. */
const FAR = 'Pacific/Kiritimati'
const FAR_OFFSET_MS = 14 * HOUR_MS

/** From an hour before it is now in that zone to two hours after: in Tokyo it is not that late. */
function aroundNowIn(offsetMs: number): [string, string] {
  const hourAt = (ms: number): string =>
    `${String(new Date(Date.now() + offsetMs + ms).getUTCHours()).padStart(2, '0')}:00`
  return [hourAt(-HOUR_MS), hourAt(2 * HOUR_MS)]
}

beforeAll(async () => {
  const config = await configuration()
  await publish({
    ...config,
    segments: [
      ...(config['segments'] as object[]),
      {
        key: 'far-now',
        name: 'Where it is that late',
        when: { clock: 'time', between: aroundNowIn(FAR_OFFSET_MS), zone: 'visitor' },
      },
      {
        key: 'both',
        name: 'Reaches others twice',
        when: {
          any: [{ segment: 'pro' }, { all: [{ segment: 'knit-lover' }, { segment: 'pro' }] }],
        },
      },
      { key: 'either', name: 'Further', when: { not: { segment: 'both' } } },
    ],
    policies: [
      {
        key: 'far-policy',
        name: 'Far',
        placement: 'hero',
        priority: 10,
        audience: { segment: 'far-now' },
        candidates: [{ action: 'pro-offer' }],
      },
      {
        key: 'either-policy',
        name: 'Either',
        placement: 'slot',
        audience: { all: [{ segment: 'either' }, { segment: 'both' }] },
        candidates: [{ action: 'arm-a' }],
      },
    ],
  })
})

describe('the visitor’s clock', () => {
  const isFar = async (
    anonymousId: string,
    { timezone, context = {} }: { timezone?: string; context?: object } = {},
  ): Promise<boolean> => {
    const { body } = await call('/v1/decide', {
      method: 'POST',
      headers: { origin: ORIGIN, 'content-type': 'text/plain' },
      body: JSON.stringify({ writeKey: WRITE_KEY, anonymousId, placements: ['hero'], context }),
      ...(timezone === undefined ? {} : { cf: { timezone } }),
    })
    return body.decisions.hero.items[0]?.content.headline === 'For pros'
  }

  it('is their trait’s, else the SDK’s, else their connection’s, else the workspace’s', async () => {
    expect(await isFar('clock-1')).toBe(false)
    expect(await isFar('clock-1', { timezone: FAR })).toBe(true)
    expect(await isFar('clock-1', { timezone: FAR, context: { timezone: 'Asia/Tokyo' } })).toBe(
      false,
    )
    expect(await isFar('clock-1', { timezone: 'Asia/Tokyo', context: { timezone: FAR } })).toBe(
      true,
    )
    expect(await isFar('clock-1', { timezone: FAR, context: { timezone: 'No/Where' } })).toBe(true)
    await withKey(SECRET_KEY, '/v1/identify', { anonymousId: 'clock-1', traits: { timezone: FAR } })
    expect(
      await isFar('clock-1', { timezone: 'Asia/Tokyo', context: { timezone: 'Asia/Tokyo' } }),
    ).toBe(true)
  })

  it('is not where somebody’s server stands', async () => {
    const ask = (context: object) =>
      call('/v1/decide', {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${SECRET_KEY}:`)}` },
        body: JSON.stringify({ anonymousId: 'clock-2', placements: ['hero'], context }),
        cf: { timezone: FAR },
      })
    expect((await ask({})).body.decisions.hero.items[0].content.headline).toBe('Welcome')
    expect((await ask({ timezone: FAR })).body.decisions.hero.items[0].content.headline).toBe(
      'For pros',
    )
  })

  it('is no words of a stranger’s that are no zone', async () => {
    for (const timezone of ['', 'constructor', '__proto__', 'x'.repeat(10_000)]) {
      expect(await isFar('clock-3', { timezone, context: { timezone } })).toBe(false)
    }
  })
})

it('decide explains segments within segments, each once, down to what was seen', async () => {
  await withKey(SECRET_KEY, '/v1/identify', { userId: 'traced', traits: { plan: 'free' } })
  const { body } = await withKey(SECRET_KEY, '/v1/decide', {
    userId: 'traced',
    placements: ['slot'],
    explain: true,
  })
  const [{ audience }] = body.decisions.slot.explain.policies
  const pro = { condition: 'segment pro', holds: false }
  expect(audience).toEqual({
    condition: 'all',
    holds: false,
    parts: [
      {
        condition: 'segment either',
        holds: true,
        parts: [
          {
            condition: 'not',
            holds: true,
            parts: [
              {
                condition: 'segment both',
                holds: false,
                parts: [
                  {
                    condition: 'any',
                    holds: false,
                    parts: [
                      {
                        ...pro,
                        parts: [
                          {
                            condition: expect.stringContaining('trait plan'),
                            holds: false,
                            seen: 'free',
                          },
                        ],
                      },
                      {
                        condition: 'all',
                        holds: false,
                        parts: [
                          {
                            condition: 'segment knit-lover',
                            holds: false,
                            parts: [expect.objectContaining({ seen: 0 })],
                          },
                          pro,
                        ],
                      },
                    ],
                  },
                ],
              },
            ],
          },
        ],
      },
      { condition: 'segment both', holds: false },
    ],
  })
})

describe('publishing', () => {
  const withSegment = async (when: unknown) => {
    const config = await configuration()
    return {
      ...config,
      segments: [...(config['segments'] as object[]), { key: 'new', name: 'New', when }],
    }
  }

  it('warns which leaves are inexact, and why, at each step', async () => {
    const inexact = await withSegment({
      event: 'Product Viewed',
      count: { gte: 5 },
      in: 'this month',
      zone: 'visitor',
    })
    const warning = {
      path: 'segments[2].when',
      about: expect.stringContaining('Product Viewed'),
      why: expect.stringContaining('visitor’s own'),
    }
    const checked = await admin('/configuration/check', inexact)
    expect(checked.body).toMatchObject({ ok: true, warnings: [warning] })
    expect((await admin('/configuration', inexact, 'PUT')).status).toBe(200)
    const { status, body } = await admin('/releases', {})
    expect([status, body.warnings]).toEqual([201, [warning]])
    const exact = await withSegment({
      event: 'Product Viewed',
      count: { gte: 5 },
      in: 'this month',
    })
    expect((await admin('/configuration/check', exact)).body.warnings).toEqual([])
  })

  it('warns of what no longer fits into a profile, with the bytes', async () => {
    const distinct = (days: number) => ({
      event: `Event ${days}`,
      distinct: { property: 'sku', gte: 200 },
      last: `${days}d`,
    })
    const { body } = await admin(
      '/configuration/check',
      await withSegment({ all: Array.from({ length: 12 }, (_, i) => distinct(60 + i)) }),
    )
    expect(body.warnings.length).toBeGreaterThan(0)
    for (const { why } of body.warnings) expect(why).toMatch(/takes \d+ bytes .* are left/)
  })

  const deep = (levels: number): unknown =>
    levels === 0 ? { trait: 'a', eq: 1 } : { not: deep(levels - 1) }
  it.each<[string, unknown, RegExp, RegExp]>([
    ['an unknown field', { trait: 'a', eq: 1, colour: 'red' }, /colour/, /fields: trait, eq/],
    ['an operator that is none', { trait: 'a', equals: 1 }, /equals/, /fields: trait, eq/],
    ['a limit that is a text', { trait: 'a', gt: '5' }, /gt/, /finite number/],
    ['no operator', { trait: 'a' }, /when$/, /Expected an operator/],
    ['a date that is none', { trait: 'a', before: '2026-02-30' }, /before/, /no date|such as/],
    ['a date in words', { trait: 'a', after: 'yesterday' }, /after/, /ISO 8601/],
    ['a pattern that goes back', { trait: 'a', matches: '(a)\\1' }, /matches/, /./],
    ['a tree too deep', deep(60), /./, /./],
    [
      'too many leaves',
      { any: Array.from({ length: 3000 }, (_, i) => ({ trait: 'a', eq: i })) },
      /./,
      /./,
    ],
    [
      'a list too long',
      { trait: 'a', in: Array.from({ length: 1001 }, (_, i) => i) },
      /in/,
      /1000/,
    ],
  ])('refuses %s with its place and what is allowed', async (_name, when, path, wrong) => {
    const { status, body } = await admin('/configuration/check', await withSegment(when))
    expect([400, 422]).toContain(status)
    const told = body.errors ?? [{ path: body.field ?? '', wrong: body.detail ?? body.title }]
    expect(told.some((e: { path: string }) => path.test(e.path))).toBe(true)
    const text = told.map((e: { wrong: string; allowed?: string }) => `${e.wrong} ${e.allowed}`)
    expect(text.join('\n')).toMatch(wrong)
  })

  it('refuses numbers that JSON has no room for, and keys that are traps', async () => {
    const config = JSON.stringify(await withSegment({ trait: 'a', gt: 424_242 }))
    const send = (text: string) => admin('/configuration/check', text)
    expect((await send(config)).status).toBe(200)
    for (const number of ['1e999', '-1e999']) {
      expect((await send(config.replace('424242', number))).body.code).toBe('not_finite')
    }
    for (const number of ['NaN', 'Infinity', '0x1']) {
      expect((await send(config.replace('424242', number))).body.code).toBe('invalid_json')
    }
    const trap = config.replace('"gt":424242', '"gt":1,"__proto__":{"eq":1}')
    expect((await send(trap)).body.code).toBe('forbidden_key')
  })

  it('takes paths that objects inherit as what they are: nothing', async () => {
    await withKey(SECRET_KEY, '/v1/identify', { userId: 'heir', traits: { plan: 'pro' } })
    for (const when of [
      { trait: 'constructor', exists: true },
      { trait: '__proto__', exists: true },
      { context: 'constructor.name', exists: true },
      { context: 'a.__proto__.x', exists: true },
      { context: 'toString', exists: true },
    ]) {
      const { body } = await admin('/segments/explain', {
        profile: { type: 'user_id', value: 'heir' },
        when,
        context: { a: {} },
      })
      expect([JSON.stringify(when), body.when?.member ?? body.code]).toEqual([
        JSON.stringify(when),
        false,
      ])
    }
  })

  it('runs a pattern that would take others for ever', async () => {
    await withKey(SECRET_KEY, '/v1/identify', {
      userId: 'aaa',
      traits: { a: `${'a'.repeat(90)}!` },
    })
    const { body } = await admin('/segments/explain', {
      profile: { type: 'user_id', value: 'aaa' },
      when: { trait: 'a', matches: '^(a+)+$' },
    })
    expect(body.when).toMatchObject({ member: false, trace: { seen: `${'a'.repeat(90)}!` } })
  })
})
