/** The order in which a request meets things. */
import { requestDeps } from './deps.ts'
import { adminListRoutes } from './http/admin-lists.ts'
import { adminRoutes } from './http/admin.ts'
import { adminSegmentRoutes } from './http/admin-segments.ts'
import { adminExperimentRoutes } from './http/admin-experiments.ts'
import { adminPolicyRoutes } from './http/admin-policies.ts'
import { adminWarehouseRoutes } from './http/admin-warehouse.ts'
import { collectRoutes } from './http/collect.ts'
import { decideRoutes } from './http/decide.ts'
import { decideBulkRoutes } from './http/decide-bulk.ts'
import { healthRoutes } from './http/health.ts'
import { cors } from './http/middleware/cors.ts'
import { requestLog } from './http/middleware/request-log.ts'
import { noRoute } from './http/no-route.ts'
import { ofrepRoutes } from './http/ofrep.ts'
import { pixelRoutes } from './http/pixel.ts'
import { onError } from './http/on-error.ts'
import { previewRoutes } from './http/preview.ts'
import { profileRoutes } from './http/profiles.ts'
import { appOfRoutes } from './http/routes.ts'
import { settingsRoutes } from './http/settings.ts'

export const app = appOfRoutes()

app.use(async (c, next) => {
  c.set('requestId', crypto.randomUUID())
  c.set('deps', requestDeps(c.env, c.executionCtx))
  await next()
})
app.use(requestLog())
app.use('/v1/*', cors())
app.use('/ofrep/*', cors())

app.route('/', collectRoutes)
app.route('/', decideRoutes)
app.route('/', decideBulkRoutes)
app.route('/', ofrepRoutes)
app.route('/', previewRoutes)
app.route('/', pixelRoutes)
app.route('/', settingsRoutes)
app.route('/', profileRoutes)
app.route('/', adminRoutes)
app.route('/', adminWarehouseRoutes)
// Behind the token that adminRoutes asks for.
app.route('/', adminSegmentRoutes)
app.route('/', adminExperimentRoutes)
app.route('/', adminPolicyRoutes)
app.route('/', adminListRoutes)
app.route('/', healthRoutes)

app.notFound(noRoute(() => app.routes))

app.onError(onError)
