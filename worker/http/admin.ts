/** `/admin/v1/*`: configuration, releases, the kill switch, and a look at what arrives. */
import type { Context } from 'hono'
import * as v from 'valibot'
import { strict } from '../contract/strict.ts'
import type { OutboxBody } from '../core/record.ts'
import type { Status } from '../flow/configuration-ports.ts'
import { activate, checkDraft, publish, type PublishError } from '../flow/publish.ts'
import { checkedBody, guardBody, readJson } from './body.ts'
import { adminDecisionRoutes } from './admin-decisions.ts'
import { adminReplayRoutes } from './admin-replay.ts'
import { adminUnmergeRoutes } from './admin-unmerge.ts'
import type { App } from './context.ts'
import { requireAdmin } from './keys.ts'
import { HttpProblem } from './problem.ts'
import { routes } from './routes.ts'

/** A D1 value holds two million bytes; the defaults that are filled in want room too. */
const CONFIGURATION_BYTES = 1_500_000
const CONFIGURATION_LIMITS = { depth: 40, keys: 1_000_000 }

export const adminRoutes = routes()

adminRoutes.use('/admin/v1/*', async (c, next) => {
  await requireAdmin(c)
  c.header('cache-control', 'no-store')
  await next()
})

adminRoutes.get('/admin/v1/status', async (c) => {
  const { configuration, outbox, due, nowMs } = c.get('deps')
  const [status, ends, { profiles, oldestMs }] = await Promise.all([
    configuration.status(),
    outbox.ends(),
    due.dueBacklog(nowMs()),
  ])
  const oldest = oldestMs === null ? null : new Date(oldestMs).toISOString()
  return c.json({ ...status, outbox: ends, due: { profiles, oldest } } satisfies Status)
})

adminRoutes.get('/admin/v1/configuration', async (c) => {
  const draft = await c.get('deps').configuration.readDraft()
  if (draft === null) throw new HttpProblem('not_found', { detail: 'there is no draft yet' })
  c.header('etag', `"${draft.revision}"`)
  return c.json(draft)
})

async function readConfiguration(c: Context<App>) {
  const { value } = await readJson(c, CONFIGURATION_BYTES)
  guardBody(value, CONFIGURATION_LIMITS)
  const checked = await checkDraft(value, c.env.TSUGI_DEMO === '1')
  if (!checked.ok) throw new HttpProblem('invalid_configuration', { errors: checked.error })
  return checked.value
}

adminRoutes.post('/admin/v1/configuration/check', async (c) => {
  const { warnings } = await readConfiguration(c)
  return c.json({ ok: true, warnings })
})

adminRoutes.put('/admin/v1/configuration', async (c) => {
  const deps = c.get('deps')
  const match = c.req.header('if-match')
  const expected = match === undefined ? null : Number(match.replaceAll('"', ''))
  if (expected !== null && !Number.isInteger(expected)) {
    throw new HttpProblem('invalid_body', { detail: 'If-Match is a revision', field: 'If-Match' })
  }
  const { configuration } = await readConfiguration(c)
  const revision = await deps.configuration.writeDraft(configuration, expected, deps.nowMs())
  if (revision === null) throw new HttpProblem('configuration_changed')
  return c.json({ revision })
})

adminRoutes.get('/admin/v1/releases', async (c) =>
  c.json({ releases: await c.get('deps').configuration.releases(100) }),
)

/** A body with anything else in it was meant for another route. */
const publishBody = strict({ note: v.optional(v.pipe(v.string(), v.maxLength(500)), '') })

adminRoutes.post('/admin/v1/releases', async (c) => {
  const deps = c.get('deps')
  const { note } = await checkedBody(c, publishBody)
  const result = await publish(deps.configuration, {
    note,
    nowMs: deps.nowMs(),
    demo: c.env.TSUGI_DEMO === '1',
  })
  if (!result.ok) throw publishProblem(result.error)
  deps.releases.forget()
  return c.json(result.value, 201)
})

const publishProblem = (error: PublishError): HttpProblem =>
  error.code === 'invalid_configuration'
    ? new HttpProblem(error.code, { errors: error.faults })
    : new HttpProblem(error.code, error)

function releaseNumber(c: Context<App>): number {
  const number = Number(c.req.param('number'))
  if (!Number.isInteger(number) || number < 1) throw new HttpProblem('not_found')
  return number
}

adminRoutes.get('/admin/v1/releases/:number', async (c) => {
  const number = releaseNumber(c)
  const configuration = await c.get('deps').configuration.readRelease(number)
  if (configuration === null) throw new HttpProblem('not_found', { detail: `no release ${number}` })
  return c.json({ number, configuration })
})

adminRoutes.post('/admin/v1/releases/:number/activate', async (c) => {
  const deps = c.get('deps')
  const number = releaseNumber(c)
  const result = await activate(deps.configuration, {
    number,
    nowMs: deps.nowMs(),
    demo: c.env.TSUGI_DEMO === '1',
  })
  if (!result.ok) throw publishProblem(result.error)
  deps.releases.forget()
  return c.json(result.value)
})

for (const [verb, stopped] of [
  ['stop', true],
  ['resume', false],
] as const) {
  adminRoutes.post(`/admin/v1/${verb}`, async (c) => {
    const deps = c.get('deps')
    const activation = await deps.configuration.setStopped(stopped, deps.nowMs())
    if (activation === null) throw new HttpProblem('no_release')
    deps.releases.forget()
    return c.json({ epoch: activation.epoch, stopped })
  })
}

const MAX_ROWS = 200

adminRoutes.get('/admin/v1/records', async (c) => {
  const after = c.req.query('after')
  const cursor = after === undefined ? null : Number(after)
  const limit = Math.min(Number(c.req.query('limit') ?? 100), MAX_ROWS)
  if ((cursor !== null && !Number.isInteger(cursor)) || !Number.isInteger(limit) || limit < 1) {
    throw new HttpProblem('invalid_body', { detail: '"after" and "limit" are whole numbers' })
  }
  const rows = await c.get('deps').outbox.records(cursor, limit)
  const records = rows.flatMap(({ seq, body }) =>
    (JSON.parse(body) as OutboxBody).records.map((record) => ({ seq, ...record })),
  )
  return c.json({ records, next: rows.at(-1)?.seq ?? cursor })
})

adminRoutes.route('/', adminReplayRoutes)
adminRoutes.route('/', adminDecisionRoutes)
adminRoutes.route('/', adminUnmergeRoutes)
