/** `/admin/v1/decisions/…`: why one of them came out as it did. */
import * as v from 'valibot'
import { whyLanguage } from '../contract/why.ts'
import { why } from '../flow/why.ts'
import { BrokenFileError } from '../flow/replay-ports.ts'
import { HttpProblem } from './problem.ts'
import { routes } from './routes.ts'

/** Behind the admin token: http/admin.ts mounts them. */
export const adminDecisionRoutes = routes()

adminDecisionRoutes.get('/admin/v1/decisions/:decisionId/why', async (c) => {
  const { seal, configuration, decisionLines, nowMs } = c.get('deps')
  const language = languageIn(c.req.query('language'))
  try {
    const ports = { seal, configuration, lines: decisionLines() }
    const result = await why(ports, c.req.param('decisionId'), nowMs(), language)
    if (!result.ok) throw new HttpProblem(result.error.code, result.error)
    return c.json(result.value)
  } catch (error) {
    if (error instanceof BrokenFileError) {
      throw new HttpProblem('out_of_reach', { detail: error.message })
    }
    throw error
  }
})

function languageIn(asked: string | undefined): string | null {
  const { success, output, issues } = v.safeParse(whyLanguage, asked)
  if (success) return output ?? null
  throw new HttpProblem('invalid_body', { detail: issues[0].message, field: 'language' })
}
