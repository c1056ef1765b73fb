import { beforeAll, describe, expect, it } from 'vitest'
import {
  call,
  configuration,
  OPEN_KEY,
  ORIGIN,
  profileOf,
  publish,
  SECRET_KEY,
  WRITE_KEY,
} from './site.ts'

beforeAll(async () => {
  await publish(await configuration())
})

interface Ask {
  readonly anonymousId?: string
  readonly device?: 'fresh' | 'kept' | 'none'
  readonly cookie?: string | undefined
  readonly writeKey?: string
  readonly origin?: string
}

/** A page's decide with an event in it; the cookie is what the browser holds. */
async function visit({ anonymousId, device, cookie, writeKey = WRITE_KEY, origin = ORIGIN }: Ask) {
  const event = { type: 'track', event: 'E', messageId: crypto.randomUUID(), anonymousId }
  const answer = await call('/v1/decide', {
    method: 'POST',
    body: JSON.stringify({ writeKey, anonymousId, device, events: [event], placements: ['hero'] }),
    headers: { origin, ...(cookie === undefined ? {} : { cookie }) },
  })
  const set = answer.headers.get('set-cookie')
  return { ...answer, set, held: set?.split(';')[0] ?? cookie }
}

const idOf = async (anonymousId: string) =>
  (await profileOf('anonymous_id', anonymousId)).body.profileId as string

describe('the first-party cookie', () => {
  it('is set for a browser that may store, and is not readable by scripts or others', async () => {
    const { set } = await visit({ anonymousId: 'c1', device: 'kept' })
    expect(set).toMatch(
      /^tsugi_device=d1[\w-]+; Max-Age=34560000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect(set).not.toContain('c1;')
    expect((await visit({ anonymousId: 'c1' })).set).toBeNull()
  })

  it('is not set again while it says the same', async () => {
    const { held } = await visit({ anonymousId: 'c2', device: 'kept' })
    expect((await visit({ anonymousId: 'c2', device: 'kept', cookie: held })).set).toBeNull()
  })

  it('leads a browser that lost its storage back to its person', async () => {
    const { held } = await visit({ anonymousId: 'before', device: 'kept' })
    const after = await visit({ anonymousId: 'after', device: 'fresh', cookie: held })
    expect(await idOf('after')).toBe(await idOf('before'))
    expect(after.set).not.toBeNull()
    const later = await visit({ anonymousId: 'later', device: 'fresh', cookie: after.held })
    expect(later.body.profileId).toBe(await idOf('before'))
  })

  it('follows a new anonymousId that was made on purpose, and leads nowhere', async () => {
    const { held } = await visit({ anonymousId: 'ann', device: 'kept' })
    const reset = await visit({ anonymousId: 'next', device: 'kept', cookie: held })
    expect(await idOf('next')).not.toBe(await idOf('ann'))
    await visit({ anonymousId: 'third', device: 'fresh', cookie: reset.held })
    expect(await idOf('third')).toBe(await idOf('next'))
  })

  it('means nothing when forged, another source’s, or sent by a page of another origin', async () => {
    const { held } = await visit({ anonymousId: 'mine', device: 'kept' })
    const forged = `${held?.slice(0, -3)}AAA`
    for (const [name, ask] of Object.entries({
      forged: { cookie: forged },
      nonsense: { cookie: 'tsugi_device=%%%' },
      'another-source': { cookie: held, writeKey: OPEN_KEY, origin: 'https://open.example' },
    })) {
      await visit({ anonymousId: name, device: 'fresh', ...ask })
      expect([name, (await idOf(name)) === (await idOf('mine'))]).toEqual([name, false])
    }
    const evil = await visit({
      anonymousId: 'evil',
      device: 'fresh',
      cookie: held,
      origin: 'https://evil.example',
    })
    expect([evil.status, evil.set]).toEqual([403, null])
  })

  it('goes when nothing may be stored any more, and leads nowhere on the way', async () => {
    const { held } = await visit({ anonymousId: 'w1', device: 'kept' })
    const gone = await visit({ anonymousId: 'w2', device: 'none', cookie: held })
    expect(gone.set).toBe('tsugi_device=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax')
    expect(await idOf('w2')).not.toBe(await idOf('w1'))
    const batch = await call('/v1/batch', {
      method: 'POST',
      body: JSON.stringify({ writeKey: WRITE_KEY, batch: [], device: 'none' }),
      headers: { origin: ORIGIN, cookie: held ?? '' },
    })
    expect(batch.headers.get('set-cookie')).toContain('tsugi_device=; Max-Age=0')
  })

  it('is not taken away where there is none, from another source, or by a server', async () => {
    expect((await visit({ anonymousId: 'w3', device: 'none' })).set).toBeNull()
    const { held } = await visit({ anonymousId: 'w4', device: 'kept' })
    const other = { writeKey: OPEN_KEY, origin: 'https://open.example', cookie: held }
    expect((await visit({ anonymousId: 'w5', device: 'none', ...other })).set).toBeNull()
    const old = await visit({ anonymousId: 'w6', device: 'none', cookie: 'tsugi_device=d1AAAA' })
    expect(old.set).toContain('Max-Age=0')
    const server = await call('/v1/decide', {
      method: 'POST',
      body: JSON.stringify({ anonymousId: 'w4', device: 'none', placements: ['hero'] }),
      headers: { authorization: `Bearer ${SECRET_KEY}`, cookie: held ?? '' },
    })
    expect([server.status, server.headers.get('set-cookie')]).toEqual([200, null])
  })

  it('does not join another visitor’s messages in the same batch', async () => {
    const { held } = await visit({ anonymousId: 'owner', device: 'kept' })
    const batch = [{ type: 'track', event: 'E', messageId: 'other-1', anonymousId: 'other' }]
    await call('/v1/batch', {
      method: 'POST',
      body: JSON.stringify({
        writeKey: WRITE_KEY,
        batch,
        device: 'fresh',
        anonymousId: 'fresh-one',
      }),
      headers: { origin: ORIGIN, cookie: held ?? '' },
    })
    expect(await idOf('other')).not.toBe(await idOf('owner'))
  })
})
