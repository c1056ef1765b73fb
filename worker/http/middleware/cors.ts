/** CORS: an origin is echoed only if some source names it; never a wildcard, since cookies go along. */
import type { MiddlewareHandler } from 'hono'
import { StoreError } from '../../flow/ports.ts'
import type { App } from '../context.ts'

/**
 * Answers preflights and marks answers. Whether the origin fits the very key
 * that was sent is for the handler to say: a preflight carries no key.
 */
export const cors = (): MiddlewareHandler<App> =>
  async function shareWithOrigins(c, next) {
    const origin = c.req.header('origin')
    if (origin === undefined) return next()
    const known = await isKnown(c.get('deps').releases, origin)
    if (c.req.method === 'OPTIONS') {
      return new Response(null, {
        status: 204,
        headers: known ? preflight(origin) : { vary: 'Origin' },
      })
    }
    await next()
    c.res.headers.append('vary', 'Origin')
    if (known) {
      c.res.headers.set('access-control-allow-origin', origin)
      c.res.headers.set('access-control-allow-credentials', 'true')
      c.res.headers.set('access-control-expose-headers', 'x-request-id, retry-after, etag')
    }
  }

const preflight = (origin: string): Record<string, string> => ({
  'access-control-allow-origin': origin,
  'access-control-allow-credentials': 'true',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers':
    'authorization, content-type, if-none-match, x-api-key, x-retry-count',
  'access-control-max-age': '7200',
  vary: 'Origin',
})

async function isKnown(
  releases: App['Variables']['deps']['releases'],
  origin: string,
): Promise<boolean> {
  try {
    return (await releases.current())?.origins.has(origin) === true
  } catch (error) {
    // The handler tells what is the matter; here it only means that we cannot share.
    if (error instanceof StoreError) return false
    throw error
  }
}
