/** Keys: how they come in, what they open, and how they are compared. */
import type { Context } from 'hono'
import type { SourceConfig } from '../contract/config.ts'
import type { Release } from '../core/release/release.ts'
import type { App } from './context.ts'
import { HttpProblem } from './problem.ts'

const encoder = new TextEncoder()
const DEMO_KEYS = new Set(['wk_demo', 'sk_demo', 'at_demo'])

export interface Caller {
  readonly source: SourceConfig
  /** True for the secret key. */
  readonly trusted: boolean
}

/** A key from `Authorization: Basic <key>:` or `Bearer <key>`, as Segment's clients and ours send it. */
export function authorizationKey(c: Context<App>): string | null {
  const header = c.req.header('authorization')
  if (header === undefined) return null
  const [scheme, value] = header.split(' ', 2)
  if (value === undefined) return null
  if (scheme?.toLowerCase() === 'bearer') return value
  if (scheme?.toLowerCase() !== 'basic') return null
  try {
    return atob(value).split(':')[0] ?? null
  } catch {
    // Not base 64: no key.
    return null
  }
}

/** The source a key belongs to, and whether the key is its secret one. */
export async function callerOf(
  c: Context<App>,
  release: Release,
  bodyKey: unknown,
): Promise<Caller> {
  const key = authorizationKey(c) ?? (typeof bodyKey === 'string' ? bodyKey : null)
  if (key === null || key === '')
    throw new HttpProblem('unauthorized', { detail: 'no key was sent' })
  refuseDemoKey(c, key)
  const source = release.sourceByWriteKey.get(key)
  if (source !== undefined) return { source, trusted: false }
  // Found by its digest: how far a guess agrees with a key can't be timed.
  const secretSource = release.sourceBySecretHash.get(await sha256Hex(key))
  if (secretSource !== undefined) return { source: secretSource, trusted: true }
  throw unknownKey()
}

/** The same for whatever key was shown: nothing is told of those there are. */
export const unknownKey = (): HttpProblem =>
  new HttpProblem('unknown_write_key', { detail: 'no source of the active release has this key' })

/** The caller must show a source's secret key. */
export async function requireSecret(c: Context<App>, release: Release): Promise<SourceConfig> {
  const { source, trusted } = await callerOf(c, release, null)
  if (!trusted) throw new HttpProblem('forbidden', { detail: 'the secret key is needed' })
  return source
}

/** The caller must show the admin token. */
export async function requireAdmin(c: Context<App>): Promise<void> {
  const token = authorizationKey(c)
  if (token === null || token === '') {
    throw new HttpProblem('unauthorized', { detail: 'the admin token is needed' })
  }
  refuseDemoKey(c, token)
  const [shown, held] = await Promise.all([sha256(token), sha256(c.get('deps').adminToken)])
  if (!crypto.subtle.timingSafeEqual(shown, held)) {
    throw new HttpProblem('unauthorized', { detail: "this is not this deployment's admin token" })
  }
}

/** The demo's keys stand in public files. */
function refuseDemoKey(c: Context<App>, key: string): void {
  if (DEMO_KEYS.has(key) && c.env.TSUGI_DEMO !== '1') {
    throw new HttpProblem('unauthorized', { detail: 'demo keys are valid in the demo only' })
  }
}

const sha256 = (text: string): Promise<ArrayBuffer> =>
  crypto.subtle.digest('SHA-256', encoder.encode(text))

/** Lower-case hex of a text's SHA-256. */
export const sha256Hex = async (text: string): Promise<string> =>
  Array.from(new Uint8Array(await sha256(text)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )

/** A browser's page must stand on one of the source's origins; servers send none. */
export function requireOrigin(c: Context<App>, { source, trusted }: Caller): void {
  const origin = c.req.header('origin')
  if (origin === undefined || trusted) return
  if (!source.origins.includes(origin)) {
    throw new HttpProblem('origin_not_allowed', {
      detail: `${origin} is not among the source's origins`,
    })
  }
}

/** Public keys are anybody's, so what one address may do with them is limited. */
export async function requireRate(
  c: Context<App>,
  { source, trusted }: Caller,
  messages = 1,
): Promise<void> {
  if (trusted || c.env.RATE_LIMIT === undefined) return
  const address = c.req.header('cf-connecting-ip') ?? 'unknown'
  const key = `${source.key}:${address}`
  // A large batch may make as many profiles as it has messages, so it counts for several requests.
  for (let units = Math.ceil(messages / MESSAGES_A_UNIT); units > 0; units--) {
    const { success } = await c.env.RATE_LIMIT.limit({ key })
    if (!success) throw new HttpProblem('rate_limited')
  }
}

const MESSAGES_A_UNIT = 50
