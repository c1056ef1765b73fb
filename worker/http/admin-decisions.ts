/** `/admin/v1/decisions/…`: why one of them came out as it did. */
import { why } from '../flow/why.ts'
import { BrokenFileError } from '../flow/replay-ports.ts'
import { HttpProblem } from './problem.ts'
import { routes } from './routes.ts'

/** Behind the admin token: http/admin.ts mounts them. */
export const adminDecisionRoutes = routes()

adminDecisionRoutes.get('/admin/v1/decisions/:decisionId/why', async (c) => {
  const { seal, configuration, decisionLines, nowMs } = c.get('deps')
  try {
    const ports = { seal, configuration, lines: decisionLines() }
    const result = await why(ports, c.req.param('decisionId'), nowMs())
    if (!result.ok) throw new HttpProblem(result.error.code, result.error)
    return c.json(result.value)
  } catch (error) {
    if (error instanceof BrokenFileError) {
      throw new HttpProblem('out_of_reach', { detail: error.message })
    }
    throw error
  }
})
