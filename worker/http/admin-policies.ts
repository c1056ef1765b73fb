/** `/admin/v1/policies/:key/weights`: what a policy that learns draws by. */
import { readWeights } from '../flow/read-weights.ts'
import type { Release } from '../core/release/release.ts'
import { HttpProblem } from './problem.ts'
import { activeRelease } from './release.ts'
import { routes } from './routes.ts'

export const adminPolicyRoutes = routes()

adminPolicyRoutes.get('/admin/v1/policies/:key/weights', async (c) => {
  const release = await activeRelease(c)
  const key = c.req.param('key')
  const version = versionOf(c.req.query('version'))
  const learner = release.learners.find(({ policy }) => policy === key)
  if (learner === undefined) {
    throw new HttpProblem('not_found', { detail: noLearner(release, key) })
  }
  const found = await readWeights(c.get('deps').models, learner, version)
  if (!found.ok) {
    const { kept } = found.error
    throw new HttpProblem('not_found', {
      detail:
        kept === null
          ? 'there is no model yet: the scheduled job writes the first one'
          : `no model ${version}: those of ${kept.from} to ${kept.to} are kept`,
    })
  }
  return c.json(found.value)
})

function versionOf(told: string | undefined): number | null {
  if (told === undefined) return null
  if (!/^[1-9]\d{0,14}$/.test(told)) {
    throw new HttpProblem('invalid_body', {
      detail: '"version" is a whole number from 1',
      field: 'version',
    })
  }
  return Number(told)
}

function noLearner({ learners, placements }: Release, key: string): string {
  const known = learners.map(({ policy }) => policy)
  const others = [...placements.values()].flatMap(({ policies }) => policies)
  const what = others.some((policy) => policy.key === key)
    ? `"${key}" does not learn: the configuration says what it shows`
    : 'the active release has no such policy'
  return known.length === 0
    ? `${what}; no policy of it learns`
    : `${what}; those that learn are ${known.slice(0, 20).join(', ')}`
}
