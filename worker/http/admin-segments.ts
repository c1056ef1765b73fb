/** `/admin/v1/segments/*`: everybody evaluated anew, one person explained, a condition tried out. */
import { explainBody, previewBody, resegmentBody } from '../contract/segments.ts'
import { explainSegments, type ExplainError } from '../flow/explain-segments.ts'
import { previewSegment } from '../flow/preview-segment.ts'
import { resegment } from '../flow/resegment.ts'
import { checkedBody } from './body.ts'
import { HttpProblem } from './problem.ts'
import { activeRelease } from './release.ts'
import { routes } from './routes.ts'
import { scanCursor } from './scan-cursor.ts'

export const adminSegmentRoutes = routes()

adminSegmentRoutes.post('/admin/v1/segments/resegment', async (c) => {
  const deps = c.get('deps')
  const { limit, repair, ...from } = await checkedBody(c, resegmentBody)
  const cursor = scanCursor(c, from.cursor)
  const release = await activeRelease(c)
  return c.json(await resegment(deps, { release, cursor, limit, repair, nowMs: deps.nowMs() }))
})

const problemOf = ({ code, faults, ...details }: ExplainError): HttpProblem =>
  new HttpProblem(code, { ...details, errors: faults })

adminSegmentRoutes.post('/admin/v1/segments/explain', async (c) => {
  const deps = c.get('deps')
  const body = await checkedBody(c, explainBody)
  const result = await explainSegments(deps, await activeRelease(c), body, deps.nowMs())
  if (!result.ok) throw problemOf(result.error)
  return c.json(result.value)
})

adminSegmentRoutes.post('/admin/v1/segments/preview', async (c) => {
  const deps = c.get('deps')
  const { cursor, at = null, ...body } = await checkedBody(c, previewBody)
  const from = scanCursor(c, cursor)
  const preview = { ...body, cursor: from, at, receivedAtMs: deps.nowMs() }
  const result = await previewSegment(deps, await activeRelease(c), preview)
  if (!result.ok) throw problemOf(result.error)
  return c.json(result.value)
})
