/** `/admin/v1/segments/*`: everybody evaluated anew, one person explained, a condition tried out. */
import { Hono, type Context } from 'hono'
import * as v from 'valibot'
import { resegmentBody } from '../contract/segments.ts'
import { resegment } from '../flow/resegment.ts'
import { asObject, guardBody, readJson } from './body.ts'
import type { App } from './context.ts'
import { HttpProblem } from './problem.ts'
import { activeRelease } from './release.ts'

const BODY_LIMITS = { depth: 40, keys: 20_000 }

export const adminSegmentRoutes = new Hono<App>()

async function bodyOf<Schema extends v.GenericSchema>(
  c: Context<App>,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const { value } = await readJson(c, undefined, '{}')
  guardBody(value, BODY_LIMITS)
  const parsed = v.safeParse(schema, asObject(value), { abortEarly: true })
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const field = v.getDotPath(issue) ?? undefined
  throw new HttpProblem('invalid_body', { detail: issue.message, field })
}

adminSegmentRoutes.post('/admin/v1/segments/resegment', async (c) => {
  const deps = c.get('deps')
  const { cursor = null, limit, repair } = await bodyOf(c, resegmentBody)
  const release = await activeRelease(c)
  return c.json(await resegment(deps, { release, cursor, limit, repair, nowMs: deps.nowMs() }))
})
