import { beforeAll, describe, expect, it } from 'vitest'
import {
  admin,
  ADMIN_TOKEN,
  configuration,
  fromPage,
  publish,
  SECRET_KEY,
  withKey,
  WRITE_KEY,
} from './site.ts'

beforeAll(async () => {
  await publish(await configuration())
})

const hero = async () => {
  const { body } = await fromPage('/v1/decide', {
    writeKey: WRITE_KEY,
    anonymousId: 'a',
    placements: ['hero'],
  })
  return [body.epoch, body.decisions.hero.items[0]?.content.headline ?? null]
}

describe('configuration', () => {
  it('releases are numbered, epochs only grow, and a rollback is a new epoch', async () => {
    const config = (await configuration()) as { actions: { content: { headline: string } }[] }
    const before = await hero()
    config.actions[0]!.content.headline = 'Second'
    const epoch = await publish(config)
    expect(await hero()).toEqual([epoch, 'Second'])
    const { body } = await admin('/releases')
    const [newest, older] = body.releases
    expect([newest.active, older.active]).toEqual([true, false])
    const back = await admin(`/releases/${older.number}/activate`, {})
    expect(back.body).toEqual({ epoch: epoch + 1, release: older.number })
    expect(await hero()).toEqual([epoch + 1, before[1]])
    expect((await admin('/releases/999/activate', {})).status).toBe(404)
    expect(
      (await admin(`/releases/${newest.number}`)).body.configuration.actions[0].content.headline,
    ).toBe('Second')
  })

  it('one switch stops all decisions, and publishing leaves it as it is', async () => {
    const { body } = await admin('/stop', {})
    expect(body.stopped).toBe(true)
    expect((await hero())[1]).toBeNull()
    await publish(await configuration())
    expect((await hero())[1]).toBeNull()
    expect((await admin('/resume', {})).body.stopped).toBe(false)
    expect((await hero())[1]).toBe('Welcome')
  })

  it('a draft that moved on is not overwritten', async () => {
    const { body } = await admin('/configuration')
    const put = (match: string) =>
      import('./site.ts').then(async ({ call }) =>
        call('/admin/v1/configuration', {
          method: 'PUT',
          body: JSON.stringify(await configuration()),
          headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'if-match': match },
        }),
      )
    expect((await put(`"${body.revision}"`)).status).toBe(200)
    const late = await put(`"${body.revision}"`)
    expect([late.status, late.body.code]).toEqual([409, 'configuration_changed'])
  })

  // oxlint-disable-next-line typescript/no-explicit-any -- each case spoils another depth of it
  const faults: [string, (config: Record<string, any>) => void, string, RegExp][] = [
    ['an unknown field', (c) => (c['segments'][0].wehn = 1), 'segments[0].wehn', /no such field/],
    [
      'a wrong operator',
      (c) => (c['segments'][1].when = { trait: 'plan', equals: 'pro' }),
      'segments[1].when.equals',
      /no such field/,
    ],
    ['no operator', (c) => (c['segments'][1].when = { trait: 'plan' }), 'segments[1].when', /./],
    [
      'no kind of condition',
      (c) => (c['segments'][1].when = { all: [{ tarit: 'x' }] }),
      'segments[1].when.all[0]',
      /./,
    ],
    [
      'a bad duration',
      (c) => (c['segments'][0].when.last = 'week'),
      'segments[0].when.last',
      /week/,
    ],
    [
      'an unknown segment',
      (c) => (c['policies'][0].audience = { segment: 'nobody' }),
      'policies[0].audience',
      /nobody/,
    ],
    [
      'an unknown action',
      (c) => (c['policies'][0].candidates[0].action = 'nothing'),
      'policies[0].candidates[0].action',
      /nothing/,
    ],
    [
      'a cycle',
      (c) => (c['segments'][1].when = { not: { segment: 'pro' } }),
      'segments[1].when',
      /pro → pro/,
    ],
    [
      'a script link',
      (c) => (c['actions'][1].content.href = 'javascript:alert(1)'),
      'actions[1].content.href',
      /no safe link/,
    ],
    [
      'a field the placement lacks',
      (c) => (c['actions'][0].content.colour = 'red'),
      'actions[0].content.colour',
      /no such field/,
    ],
    ['a key used twice', (c) => (c['actions'][1].key = 'welcome'), 'actions[1].key', /twice/],
    ['a demo key', (c) => (c['sources'][0].writeKey = 'wk_demo'), 'sources[0].writeKey', /demo/],
    [
      'a day that no month has',
      (c) => (c['segments'][1].when = { trait: 'joined', before: '2026-02-30' }),
      'segments[1].when.before',
      /no date/,
    ],
    [
      'a count that memory cannot reach',
      (c) =>
        (c['segments'][0].when = { event: 'X', count: { gte: 101 }, in: 'today', zone: 'visitor' }),
      'segments[0].when',
      /above 100/,
    ],
    [
      'a user_id that makes room',
      (c) => (c['identity'] = { limits: { user_id: { max: 1, whenFull: 'make-room' } } }),
      'identity.limits.user_id.whenFull',
      /same person/,
    ],
    [
      'weights of zero',
      (c) => c['policies'][2].split.arms.forEach((arm: { weight: number }) => (arm.weight = 0)),
      'policies[2].split.arms',
      /0/,
    ],
    [
      'a schedule that ends first',
      (c) =>
        (c['actions'][0].schedule = {
          from: '2026-02-01T00:00:00Z',
          until: '2026-01-01T00:00:00Z',
        }),
      'actions[0].schedule',
      /after/,
    ],
  ]
  it.each(faults)('refuses %s with its path', async (_name, spoil, path, wrong) => {
    const config = await configuration()
    spoil(config)
    const { status, body } = await admin('/configuration', config, 'PUT')
    expect([status, body.code]).toEqual([422, 'invalid_configuration'])
    const fault = body.errors.find((e: { path: string }) => e.path === path)
    expect(body.errors.map((e: { path: string }) => e.path)).toContain(path)
    expect(fault.wrong).toMatch(wrong)
  })
})

describe('keys', () => {
  const surfaces: [method: string, path: string][] = [
    ['GET', '/admin/v1/status'],
    ['GET', '/admin/v1/configuration'],
    ['PUT', '/admin/v1/configuration'],
    ['POST', '/admin/v1/configuration/check'],
    ['POST', '/admin/v1/releases'],
    ['GET', '/admin/v1/releases'],
    ['GET', '/admin/v1/releases/1'],
    ['POST', '/admin/v1/releases/1/activate'],
    ['POST', '/admin/v1/stop'],
    ['POST', '/admin/v1/resume'],
    ['GET', '/admin/v1/records'],
    ['GET', '/admin/v1/warehouse'],
    ['POST', '/admin/v1/segments/explain'],
    ['POST', '/admin/v1/segments/preview'],
    ['POST', '/admin/v1/segments/resegment'],
    ['GET', '/admin/v1/lists'],
    ['POST', '/admin/v1/lists/vip/uploads'],
    ['POST', '/admin/v1/lists/vip/members'],
    ['POST', '/admin/v1/lists/vip/uploads/any/finish'],
  ]
  const detailOf = (key: string): string => {
    if (key === '') return 'the admin token is needed'
    if (key === 'at_demo') return 'demo keys are valid in the demo only'
    return "this is not this deployment's admin token"
  }
  it.each(surfaces)('%s %s opens to the admin token only', async (method, path) => {
    const { call } = await import('./site.ts')
    const body = method === 'GET' ? undefined : '{}'
    const as = (authorization?: string) =>
      call(path, {
        method,
        ...(body === undefined ? {} : { body }),
        headers: authorization === undefined ? {} : { authorization },
      })
    expect((await as()).body.code).toBe('unauthorized')
    for (const key of [
      WRITE_KEY,
      SECRET_KEY,
      'at_demo',
      `${ADMIN_TOKEN}x`,
      ADMIN_TOKEN.slice(1),
      '',
    ]) {
      const answer = await as(`Bearer ${key}`)
      expect([key, answer.status]).toEqual([key, 401])
      expect(answer.body.detail).toBe(detailOf(key))
      expect(JSON.stringify(answer.body)).not.toContain(ADMIN_TOKEN)
    }
    expect((await as('Basic %%%')).status).toBe(401)
    expect((await as('Basic Og==')).status).toBe(401)
  })

  it('a profile opens to a secret key only', async () => {
    const path = '/v1/profiles/anonymous_id/a'
    const { call } = await import('./site.ts')
    expect((await call(path)).body.code).toBe('unauthorized')
    expect((await withKey(WRITE_KEY, path)).body.code).toBe('forbidden')
    expect((await withKey('sk_wrong', path)).body).toMatchObject({
      code: 'unknown_write_key',
      detail: 'no source of the active release has this key',
    })
    expect((await withKey(ADMIN_TOKEN, path)).body.code).toBe('unknown_write_key')
    expect((await withKey(SECRET_KEY, path)).body.code).toBe('not_found')
  })
})
