/** The order in which a request meets things. */
import { Hono } from 'hono'
import { requestDeps } from './deps.ts'
import { StoreError } from './flow/ports.ts'
import { adminRoutes } from './http/admin.ts'
import { collectRoutes } from './http/collect.ts'
import type { App } from './http/context.ts'
import { decideRoutes } from './http/decide.ts'
import { healthRoutes } from './http/health.ts'
import { cors } from './http/middleware/cors.ts'
import { requestLog } from './http/middleware/request-log.ts'
import { pixelRoutes } from './http/pixel.ts'
import { HttpProblem, problemResponse } from './http/problem.ts'
import { profileRoutes } from './http/profiles.ts'
import { settingsRoutes } from './http/settings.ts'

export const app = new Hono<App>()

app.use(async (c, next) => {
  const deps = requestDeps(c.env, c.executionCtx)
  c.set('deps', deps)
  c.set('requestId', deps.ids.messageId())
  await next()
})
app.use(requestLog())
app.use('/v1/*', cors())

app.route('/', collectRoutes)
app.route('/', decideRoutes)
app.route('/', pixelRoutes)
app.route('/', settingsRoutes)
app.route('/', profileRoutes)
app.route('/', adminRoutes)
app.route('/', healthRoutes)

app.notFound((c) => problemResponse(c, 'not_found'))

app.onError((error, c) => {
  if (error instanceof HttpProblem) return problemResponse(c, error.code, error.details)
  const requestId = c.get('requestId')
  c.get('deps').log({ level: 'error', requestId, error: String(error), cause: String(error.cause ?? ''), stack: error.stack ?? '' })
  return problemResponse(c, error instanceof StoreError ? 'store_unavailable' : 'internal')
})
