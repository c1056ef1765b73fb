/** One structured line a request: what was asked, how it went, what it cost. */
import type { MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import type { App } from '../context.ts'

/**
 * @example app.use(requestLog())
 * → {"level":"info","route":"/v1/decide","status":200,"ms":7,"trips":1,"epoch":3,"requestId":"…"}
 */
export const requestLog = (): MiddlewareHandler<App> =>
  async function logRequest(c, next) {
    const deps = c.get('deps')
    const startMs = deps.nowMs()
    await next()
    const { status } = c.res
    c.res.headers.set('x-request-id', c.get('requestId'))
    deps.log({
      level: status >= 500 ? 'error' : 'info',
      method: c.req.method,
      route: routePath(c, -1),
      status,
      ms: deps.nowMs() - startMs,
      trips: deps.meter.trips,
      epoch: c.get('epoch') ?? null,
      requestId: c.get('requestId'),
      ...(c.get('problem') === undefined ? {} : { code: c.get('problem') }),
      ...(c.get('degraded') ? { degraded: true } : {}),
    })
  }
