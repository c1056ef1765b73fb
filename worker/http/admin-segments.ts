/** `/admin/v1/segments/*`: everybody evaluated anew, one person explained, a condition tried out. */
import { Hono, type Context } from 'hono'
import * as v from 'valibot'
import { explainBody, previewBody, resegmentBody } from '../contract/segments.ts'
import { explainSegments, type ExplainError } from '../flow/explain-segments.ts'
import { previewSegment } from '../flow/preview-segment.ts'
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

const problemOf = ({ code, faults, ...details }: ExplainError): HttpProblem =>
  new HttpProblem(code, { ...details, errors: faults })

adminSegmentRoutes.post('/admin/v1/segments/explain', async (c) => {
  const deps = c.get('deps')
  const body = await bodyOf(c, explainBody)
  const result = await explainSegments(deps, await activeRelease(c), body, deps.nowMs())
  if (!result.ok) throw problemOf(result.error)
  return c.json(result.value)
})

adminSegmentRoutes.post('/admin/v1/segments/preview', async (c) => {
  const deps = c.get('deps')
  const { cursor = null, at = null, ...body } = await bodyOf(c, previewBody)
  const preview = { ...body, cursor, at, receivedAtMs: deps.nowMs() }
  const result = await previewSegment(deps, await activeRelease(c), preview)
  if (!result.ok) throw problemOf(result.error)
  return c.json(result.value)
})
