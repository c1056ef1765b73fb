/** Host-signed identify tokens over HTTP: which prove somebody, which prove nothing, which are refused. */
import { beforeAll, describe, expect, it } from 'vitest'
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
  type CryptoKey,
  type JWK,
} from 'jose'
import { env } from 'cloudflare:workers'
import { configuration, fromPage, profileOf, publish, withKey, type Answer } from './site.ts'

const SECRET = (
  JSON.parse((env as { IDENTITY_SECRETS?: string }).IDENTITY_SECRETS ?? '{}') as { site: string }
).site

interface Pair {
  readonly privateKey: CryptoKey
  readonly jwk: JWK
  readonly spki: string
}

async function pair(algorithm: string, kid: string): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid }
  return { privateKey, jwk, spki: await exportSPKI(publicKey) }
}

const keys = {
  old: await pair('ES256', 'old'),
  new: await pair('ES256', 'new'),
  stranger: await pair('ES256', 'new'),
  rsa: await pair('RS256', 'rsa'),
  ed: await pair('EdDSA', 'ed'),
}
const bytes = (text: string) => new TextEncoder().encode(text)
const VICTIM = 'token-victim'

interface Making {
  readonly alg?: string
  readonly kid?: string | null
  readonly key?: CryptoKey | Uint8Array
  readonly sub?: string | null
  readonly aud?: string | string[] | null
  readonly iss?: string | null
  /** From now; null for a token that never ends. */
  readonly expSeconds?: number | null
  readonly nbfSeconds?: number
  readonly header?: object
  readonly claims?: Record<string, unknown>
}

/** A token that holds for the source "rotating", but for what is said. */
function token({
  alg = 'ES256',
  kid = 'new',
  key = keys.new.privateKey,
  sub = VICTIM,
  aud = 'tsugi',
  iss = 'https://shop.example',
  expSeconds = 300,
  nbfSeconds,
  header = {},
  claims = {},
}: Making = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const jwt = new SignJWT({
    ...claims,
    ...(sub === null ? {} : { sub }),
    ...(aud === null ? {} : { aud }),
    ...(iss === null ? {} : { iss }),
    ...(expSeconds === null ? {} : { exp: now + expSeconds }),
    ...(nbfSeconds === undefined ? {} : { nbf: now + nbfSeconds }),
  })
  return jwt.setProtectedHeader({ alg, ...(kid === null ? {} : { kid }), ...header }).sign(key)
}

const ORIGIN = 'https://tokens.example'
const source = (key: string, tokens?: object) => ({
  key,
  name: key,
  writeKey: `wk_${key}`,
  origins: [ORIGIN],
  ...(tokens === undefined ? {} : { tokens }),
})
const issuer = 'https://shop.example'

async function publishWith(rotating: readonly JWK[]): Promise<void> {
  const base = await configuration()
  const [site, ...others] = base['sources'] as [object, ...object[]]
  await publish({
    ...base,
    sources: [
      { ...site, origins: [ORIGIN] },
      ...others,
      source('rotating', { audience: 'tsugi', issuer, algorithm: 'ES256', keys: rotating }),
      source('rsa', { audience: 'tsugi', algorithm: 'RS256', keys: [keys.rsa.jwk] }),
      source('ed', { audience: 'tsugi', algorithm: 'EdDSA', keys: [keys.ed.jwk] }),
      source('none'),
    ],
  })
}

beforeAll(async () => {
  await publishWith([keys.old.jwk, keys.new.jwk])
  await withKey('sk_site', '/v1/identify', {
    userId: VICTIM,
    traits: { plan: 'pro', email: 'victim@example.com' },
  })
})

let serial = 0
const ask = (sourceKey: string, jwt: string, over: object = {}): Promise<Answer> =>
  fromPage(
    '/v1/decide',
    {
      writeKey: `wk_${sourceKey}`,
      anonymousId: `bearer-${++serial}`,
      userId: VICTIM,
      token: jwt,
      placements: ['hero'],
      ...over,
    },
    ORIGIN,
  )
const identify = (sourceKey: string, jwt: string): Promise<Answer> =>
  fromPage(
    '/v1/identify',
    {
      writeKey: `wk_${sourceKey}`,
      anonymousId: `bearer-${++serial}`,
      userId: VICTIM,
      token: jwt,
      messageId: `token-${serial}`,
      traits: { stolen: true },
    },
    ORIGIN,
  )
const headline = ({ body }: Answer): string => body.decisions.hero.items[0].content.headline

/** As a browser's attacker can make one: the parts of a genuine token, put together otherwise. */
async function altered(change: (payload: Record<string, unknown>) => object): Promise<string> {
  const [head, payload, signature] = (await token({ sub: 'somebody-else' })).split('.') as [
    string,
    string,
    string,
  ]
  const claims = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
  const forged = Buffer.from(JSON.stringify(change(claims))).toString('base64url')
  return [head, forged, signature].join('.')
}

const holds: [name: string, source: string, make: () => Promise<string>][] = [
  ['ES256', 'rotating', () => token()],
  [
    'the key that is on its way out',
    'rotating',
    () => token({ kid: 'old', key: keys.old.privateKey }),
  ],
  ['RS256', 'rsa', () => token({ alg: 'RS256', kid: 'rsa', key: keys.rsa.privateKey })],
  [
    'one key needs no kid',
    'rsa',
    () => token({ alg: 'RS256', kid: null, key: keys.rsa.privateKey }),
  ],
  ['EdDSA', 'ed', () => token({ alg: 'EdDSA', kid: 'ed', key: keys.ed.privateKey })],
  ['HS256', 'site', () => token({ alg: 'HS256', kid: null, key: bytes(SECRET) })],
  ['one audience of several', 'rotating', () => token({ aud: ['other', 'tsugi'] })],
  ['a clock that is 20 seconds slow', 'rotating', () => token({ expSeconds: -20 })],
  ['a clock that is 20 seconds fast', 'rotating', () => token({ nbfSeconds: 20 })],
]

const refused: typeof holds = [
  [
    'no algorithm',
    'rotating',
    async () =>
      new UnsecuredJWT({ sub: VICTIM, aud: 'tsugi', iss: issuer }).setExpirationTime('5m').encode(),
  ],
  [
    'no algorithm, where it is HS256',
    'site',
    async () => new UnsecuredJWT({ sub: VICTIM, aud: 'tsugi' }).setExpirationTime('5m').encode(),
  ],
  [
    'HS256 with the public key as its secret',
    'rsa',
    () => token({ alg: 'HS256', kid: 'rsa', key: bytes(keys.rsa.spki) }),
  ],
  [
    'HS256 with the public JWK as its secret',
    'rsa',
    () => token({ alg: 'HS256', kid: 'rsa', key: bytes(JSON.stringify(keys.rsa.jwk)) }),
  ],
  [
    'RS256, where it is HS256',
    'site',
    () => token({ alg: 'RS256', kid: 'rsa', key: keys.rsa.privateKey }),
  ],
  [
    'HS384 with the right secret',
    'site',
    () => token({ alg: 'HS384', kid: null, key: bytes(SECRET) }),
  ],
  [
    'EdDSA, where it is ES256',
    'rotating',
    () => token({ alg: 'EdDSA', kid: 'ed', key: keys.ed.privateKey }),
  ],
  ['a stranger’s key under our kid', 'rotating', () => token({ key: keys.stranger.privateKey })],
  ['a kid that nobody has', 'rotating', () => token({ kid: 'next' })],
  ['two keys and no kid', 'rotating', () => token({ kid: null })],
  [
    'its own key in the header',
    'rotating',
    () => token({ kid: 'mine', key: keys.stranger.privateKey, header: { jwk: keys.stranger.jwk } }),
  ],
  [
    'a header that wants what nobody understands',
    'rotating',
    async () => {
      const jwt = await token()
      const crit = { alg: 'ES256', kid: 'new', crit: ['b64'], b64: true, exp: 1 }
      return [
        Buffer.from(JSON.stringify(crit)).toString('base64url'),
        ...jwt.split('.').slice(1),
      ].join('.')
    },
  ],
  [
    'another shared secret',
    'site',
    () => token({ alg: 'HS256', kid: null, key: bytes('another secret of thirty-two bytes!') }),
  ],
  ['another audience', 'rotating', () => token({ aud: 'another' })],
  ['no audience', 'rotating', () => token({ aud: null })],
  ['another issuer', 'rotating', () => token({ iss: 'https://evil.example' })],
  ['no issuer', 'rotating', () => token({ iss: null })],
  ['another source’s token', 'rsa', () => token()],
  ['no end', 'rotating', () => token({ expSeconds: null })],
  [
    'an end that is no time',
    'rotating',
    () => token({ expSeconds: null, claims: { exp: 'soon' } }),
  ],
  ['nobody', 'rotating', () => token({ sub: null })],
  ['not valid yet', 'rotating', () => token({ nbfSeconds: 120 })],
  [
    'expired and forged',
    'rotating',
    () => token({ expSeconds: -300, key: keys.stranger.privateKey }),
  ],
  ['expired and of another audience', 'rotating', () => token({ expSeconds: -300, aud: 'x' })],
  ['another sub put in', 'rotating', () => altered((claims) => ({ ...claims, sub: VICTIM }))],
  ['no signature', 'rotating', async () => (await token()).replace(/[^.]*$/, '')],
  ['a signature cut short', 'rotating', async () => (await token()).slice(0, -4)],
  ['no token at all', 'rotating', async () => 'a.b.c'],
  ['a source that takes none', 'none', () => token()],
]

const provesNothing: typeof holds = [
  ['expired', 'rotating', () => token({ expSeconds: -300 })],
  [
    'expired, HS256',
    'site',
    () => token({ alg: 'HS256', kid: null, key: bytes(SECRET), expSeconds: -300 }),
  ],
  ['another person’s', 'rotating', () => token({ sub: 'somebody-else' })],
  ['of a sub that stands for nobody', 'rotating', () => token({ sub: 'null' })],
]

describe('a token', () => {
  it.each(holds)('holds: %s', async (_name, sourceKey, make) => {
    const answer = await ask(sourceKey, await make())
    expect([answer.status, headline(answer)]).toEqual([200, 'For pros'])
  })

  it.each(refused)('is refused: %s', async (_name, sourceKey, make) => {
    const jwt = await make()
    const before = await profileOf('user_id', VICTIM)
    const decided = await ask(sourceKey, jwt)
    expect([decided.status, decided.body.code]).toEqual([401, 'invalid_token'])
    // Why is not the bearer's to learn.
    expect(Object.keys(decided.body).sort()).toEqual((await refusalOf('rotating')).sort())
    const said = await identify(sourceKey, jwt)
    expect([said.status, said.body.code]).toEqual([401, 'invalid_token'])
    expect((await profileOf('user_id', VICTIM)).body).toEqual(before.body)
  })

  it.each(provesNothing)(
    'proves nothing, and refuses nothing: %s',
    async (_name, sourceKey, make) => {
      const jwt = await make()
      const before = await profileOf('user_id', VICTIM)
      const answer = await ask(sourceKey, jwt)
      expect([answer.status, headline(answer)]).toEqual([200, 'Welcome'])
      expect((await identify(sourceKey, jwt)).status).toBe(200)
      expect((await profileOf('user_id', VICTIM)).body).toEqual(before.body)
    },
  )

  it('is at most 4,096 characters', async () => {
    const answer = await ask('rotating', await token({ claims: { fat: 'x'.repeat(4000) } }))
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_body'])
  })

  it('proves an e-mail, unless the host says that it has not verified it', async () => {
    const asked = async (claims: Record<string, unknown>) => {
      const anonymousId = `mail-${++serial}`
      const answer = await fromPage(
        '/v1/identify',
        {
          writeKey: 'wk_rotating',
          anonymousId,
          messageId: anonymousId,
          traits: { email: 'victim@example.com' },
          token: await token({ sub: 'nobody-yet', claims }),
        },
        ORIGIN,
      )
      expect(answer.status).toBe(200)
      return (await profileOf('anonymous_id', anonymousId)).body.profileId
    }
    const victim = (await profileOf('user_id', VICTIM)).body.profileId
    expect(await asked({ email: 'victim@example.com', email_verified: false })).not.toBe(victim)
    expect(await asked({ email: 'other@example.com' })).not.toBe(victim)
    expect(await asked({ email: 'Victim@Example.com', email_verified: true })).toBe(victim)
  })

  it('of a key that was rotated out holds no more, and the next key’s does', async () => {
    const [old, current] = [await token({ kid: 'old', key: keys.old.privateKey }), await token()]
    expect(headline(await ask('rotating', old))).toBe('For pros')
    await publishWith([keys.new.jwk])
    const gone = await ask('rotating', old)
    expect([gone.status, gone.body.code]).toEqual([401, 'invalid_token'])
    expect(headline(await ask('rotating', current))).toBe('For pros')
  })
})

const refusalOf = async (sourceKey: string): Promise<string[]> =>
  Object.keys((await ask(sourceKey, 'a.b.c')).body)
