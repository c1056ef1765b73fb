/** `/admin/v1/warehouse…` and the metrics: how far the files and the sinks have come. */
import { HttpProblem } from './problem.ts'
import { routes } from './routes.ts'

export const adminWarehouseRoutes = routes()

adminWarehouseRoutes.get('/admin/v1/warehouse', async (c) =>
  c.json(await c.get('deps').warehouseStatus()),
)

adminWarehouseRoutes.post('/admin/v1/warehouse/sinks/:name/retry', async (c) => {
  const { nowMs, sinkLog, sinkNames } = c.get('deps')
  const name = c.req.param('name')
  const names = await sinkNames()
  if (!names.includes(name)) {
    throw new HttpProblem('not_found', { detail: `the sinks are ${names.join(', ')}` })
  }
  return c.json({ sink: name, deadLetters: await sinkLog.want(name, nowMs()) }, 202)
})

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

adminWarehouseRoutes.get('/admin/v1/metrics', async (c) => {
  return c.body(await c.get('deps').metrics(), 200, { 'content-type': CONTENT_TYPE })
})
