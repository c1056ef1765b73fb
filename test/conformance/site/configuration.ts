/** What the suites publish: a page's source that trusts its pages, and a server's key. */
import { createHash } from 'node:crypto'
import { FLAGS } from './flags.ts'

export const OPEN_KEY = 'wk_open'
export const SECRET_KEY = 'sk_server'

/** @param origins where the pages of the test stand */
export const configuration = (origins: readonly string[]) => ({
  workspace: { name: 'Conformance', timeZone: 'Asia/Tokyo', phoneRegion: 'JP' },
  sources: [
    { key: 'open', name: 'Open site', writeKey: OPEN_KEY, origins, identity: 'open' },
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
  goals: [
    {
      key: 'order',
      name: 'Order',
      event: 'Order Completed',
      businessKey: 'order_id',
      value: { property: 'amount', currency: 'JPY' },
    },
  ],
  ...FLAGS,
})

/** Secrets and variables of the worker under test. What is asked is whether it is right, not how fast. */
export const VARS = {
  DECIDE_BUDGET_MS: '60000',
  SIGNING_KEY: 'a-signing-key-for-tests-of-32-bytes-or-more',
  ADMIN_TOKEN: 'an-admin-token-for-tests',
}
