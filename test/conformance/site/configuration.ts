/** What the suites publish: one page source that trusts, one that asks for proof, and a server's key. */
import { createHash } from 'node:crypto'

export const OPEN_KEY = 'wk_open'
export const PROVEN_KEY = 'wk_proven'
export const SECRET_KEY = 'sk_server'
/** HS256, for the tokens of the `proven` source. */
export const TOKEN_SECRET = 'a-token-secret-for-tests-of-32-bytes-or-more'

/** @param origins where the pages of the test stand */
export const configuration = (origins: readonly string[]) => ({
  workspace: { name: 'Conformance', timeZone: 'Asia/Tokyo', phoneRegion: 'JP' },
  sources: [
    { key: 'open', name: 'Open site', writeKey: OPEN_KEY, origins, identity: 'open' },
    {
      key: 'proven',
      name: 'Proven site',
      writeKey: PROVEN_KEY,
      origins,
      tokens: { audience: 'tsugi', algorithm: 'HS256' },
    },
    {
      key: 'server',
      name: 'Server',
      writeKey: 'wk_server',
      secretKeySha256: [createHash('sha256').update(SECRET_KEY).digest('hex')],
    },
  ],
  segments: [
    {
      key: 'knit-lover',
      name: 'Knit lover',
      when: {
        event: 'Product Viewed',
        count: { gte: 3 },
        where: { property: 'category', eq: 'knitwear' },
      },
    },
  ],
  placements: [{ key: 'hero', name: 'Hero', fields: { headline: 'text' }, fallback: 'welcome' }],
  actions: [{ key: 'welcome', name: 'Welcome', content: { headline: 'Welcome' } }],
  policies: [],
})

/** Secrets and variables of the worker under test. */
export const VARS = {
  SIGNING_KEY: 'a-signing-key-for-tests-of-32-bytes-or-more',
  ADMIN_TOKEN: 'an-admin-token-for-tests',
  IDENTITY_SECRETS: JSON.stringify({ proven: TOKEN_SECRET }),
}
