/** A small published site, and ways to talk to the worker as its pages and servers do. */
import { env } from 'cloudflare:workers'
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import worker from '../../worker/index.ts'
import type { Env } from '../../worker/env.ts'

export const ORIGIN = 'https://shop.example'
export const WRITE_KEY = 'wk_site'
export const OPEN_KEY = 'wk_open'
export const SECRET_KEY = 'sk_site'
export const OTHER_SECRET_KEY = 'sk_other'
export const ADMIN_TOKEN = (env as unknown as Env).ADMIN_TOKEN

const sha256 = async (text: string): Promise<string> =>
  [...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')

export const configuration = async (): Promise<Record<string, unknown>> => ({
  workspace: { name: 'Test', timeZone: 'Asia/Tokyo', phoneRegion: 'JP' },
  sources: [
    {
      key: 'site',
      name: 'Site',
      writeKey: WRITE_KEY,
      secretKeySha256: [await sha256(SECRET_KEY)],
      origins: [ORIGIN],
      tokens: { audience: 'tsugi', algorithm: 'HS256' },
    },
    {
      key: 'open',
      name: 'Open site',
      writeKey: OPEN_KEY,
      secretKeySha256: [await sha256(OTHER_SECRET_KEY)],
      origins: ['https://open.example'],
      identity: 'open',
    },
  ],
  segments: [
    {
      key: 'knit-lover',
      name: 'Knit lover',
      when: {
        event: 'Product Viewed',
        count: { gte: 3 },
        last: '7d',
        where: { property: 'category', eq: 'knitwear' },
      },
    },
    { key: 'pro', name: 'Pro', when: { trait: 'plan', eq: 'pro' } },
  ],
  placements: [
    {
      key: 'hero',
      name: 'Hero',
      fields: { headline: 'text', photo: 'image', href: 'link', body: 'html' },
      fallback: 'welcome',
    },
    { key: 'slot', name: 'Slot', fields: { headline: 'text' } },
  ],
  actions: [
    { key: 'welcome', name: 'Welcome', content: { headline: 'Welcome' } },
    {
      key: 'knit',
      name: 'Knit',
      content: {
        headline: 'Warm knits',
        href: '/knitwear',
        body: '<b>now</b><script>alert(1)</script>',
      },
      translations: { ja: { headline: 'あたたかいニット' } },
      caps: [{ max: 2, per: '24h' }],
    },
    { key: 'pro-offer', name: 'Pro offer', content: { headline: 'For pros' } },
    { key: 'arm-a', name: 'A', content: { headline: 'A' } },
    { key: 'arm-b', name: 'B', content: { headline: 'B' } },
  ],
  policies: [
    {
      key: 'knit-policy',
      name: 'Knit',
      placement: 'hero',
      priority: 10,
      audience: { segment: 'knit-lover' },
      candidates: [{ action: 'knit' }],
    },
    {
      key: 'pro-policy',
      name: 'Pro',
      placement: 'hero',
      priority: 5,
      audience: { segment: 'pro' },
      candidates: [{ action: 'pro-offer' }],
    },
    {
      key: 'slot-test',
      name: 'Slot test',
      placement: 'slot',
      split: {
        arms: [
          { key: 'a', weight: 1, action: 'arm-a' },
          { key: 'b', weight: 1, action: 'arm-b' },
        ],
      },
    },
  ],
})

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read whatever came back
  readonly body: any
}

/** One request through the worker's own fetch, its background work included. */
export async function call(
  path: string,
  init: RequestInit = {},
  variables: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const ctx = createExecutionContext()
  const request = new Request(`https://tsugi.example${path}`, init)
  const response = await worker.fetch(request, { ...env, ...variables }, ctx)
  const text = await response.text()
  await waitOnExecutionContext(ctx)
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '')
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(text) : text,
  }
}

const json = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body))

/** As a page sends: public key in the body, text/plain, its origin. */
export const fromPage = (path: string, body: unknown, origin: string = ORIGIN): Promise<Answer> =>
  call(path, {
    method: 'POST',
    body: json(body),
    headers: { 'content-type': 'text/plain', origin },
  })

/** As a server sends, with a key as bearer. */
export const withKey = (
  key: string,
  path: string,
  body?: unknown,
  method = body === undefined ? 'GET' : 'POST',
): Promise<Answer> =>
  call(path, {
    method,
    ...(body === undefined ? {} : { body: json(body) }),
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  })

export const admin = (path: string, body?: unknown, method?: string): Promise<Answer> =>
  withKey(ADMIN_TOKEN, `/admin/v1${path}`, body, method)

/** Imports and publishes; returns the epoch. */
export async function publish(config: unknown): Promise<number> {
  const put = await admin('/configuration', config, 'PUT')
  if (put.status !== 200) throw new Error(`PUT configuration: ${JSON.stringify(put.body)}`)
  const post = await admin('/releases', { note: 'test' })
  if (post.status !== 201) throw new Error(`publish: ${JSON.stringify(post.body)}`)
  return post.body.epoch
}

export const profileOf = (type: string, value: string): Promise<Answer> =>
  withKey(SECRET_KEY, `/v1/profiles/${type}/${encodeURIComponent(value)}`)

interface StoredRecord {
  readonly seq: number
  readonly type: string
  readonly messageId: string
  readonly [field: string]: unknown
}

/** Everything in the outbox, oldest first. */
export async function records(): Promise<StoredRecord[]> {
  const all: StoredRecord[] = []
  for (let after = 0; ;) {
    const { body } = await admin(`/records?after=${after}&limit=200`)
    all.push(...body.records)
    if (body.records.length === 0) return all
    after = body.next
  }
}
