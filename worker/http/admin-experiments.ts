/** `/admin/v1/experiments…`: which there are, and what their arms did. */
import type { Context } from 'hono'
import type { Release } from '../core/release/release.ts'
import { readResults } from '../flow/read-results.ts'
import type { App } from './context.ts'
import { HttpProblem } from './problem.ts'
import { routes } from './routes.ts'

export const adminExperimentRoutes = routes()

async function active(c: Context<App>): Promise<Release> {
  const release = await c.get('deps').releases.current()
  if (release === null) throw new HttpProblem('no_release')
  return release
}

adminExperimentRoutes.get('/admin/v1/experiments', async (c) => {
  const { experiments } = await active(c)
  return c.json({
    experiments: [...experiments.values()].map(({ experiment, control, arms, goals }) => ({
      experiment,
      control,
      arms,
      goals: goals.map(({ goal }) => goal),
    })),
  })
})

adminExperimentRoutes.get('/admin/v1/experiments/:key/results', async (c) => {
  const { experiments } = await active(c)
  const plan = experiments.get(c.req.param('key'))
  if (plan === undefined) {
    const known = [...experiments.keys()]
    throw new HttpProblem('not_found', {
      detail:
        known.length === 0
          ? 'the active release has no experiment'
          : `the experiments are ${known.slice(0, 20).join(', ')}`,
    })
  }
  const { tallies, nowMs } = c.get('deps')
  return c.json(await readResults(tallies, plan, nowMs()))
})
