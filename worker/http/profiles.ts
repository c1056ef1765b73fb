/** `/v1/profiles/:type/:value`: one customer, for servers with the secret key. */
import type { Context } from 'hono'
import { patchProfile } from '../flow/patch-profile.ts'
import {
  findProfile,
  isInstant,
  profileSection,
  SECTIONS,
  wholeProfile,
  type Section,
  type SectionQuery,
} from '../flow/read-profile.ts'
import { readJson } from './body.ts'
import type { App } from './context.ts'
import { requireSecret } from './keys.ts'
import { HttpProblem } from './problem.ts'
import { activeRelease } from './release.ts'
import { routes } from './routes.ts'

const PATH = '/v1/profiles/:type/:value'

export const profileRoutes = routes()

async function found(c: Context<App, typeof PATH>) {
  const deps = c.get('deps')
  const release = await activeRelease(c)
  await requireSecret(c, release)
  const input = await findProfile(deps.store, release, c.req.param(), deps.nowMs())
  if (input === null) {
    throw new HttpProblem('not_found', { detail: 'nobody has this identifier' })
  }
  c.header('cache-control', 'private, no-store')
  return input
}

profileRoutes.get(PATH, async (c) => c.json(wholeProfile(await found(c))))

profileRoutes.get(`${PATH}/:section`, async (c) => {
  const section = c.req.param('section')
  if (!isSection(section)) {
    throw new HttpProblem('not_found', { detail: `the sections are ${SECTIONS.join(', ')}` })
  }
  const query = queryOf(c)
  return c.json(profileSection(section, await found(c), query))
})

const isSection = (name: string): name is Section => (SECTIONS as readonly string[]).includes(name)

const MAX_LIMIT = 100

function queryOf(c: Context<App>): SectionQuery {
  const limit = Number(c.req.query('limit') ?? 20)
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new HttpProblem('invalid_body', { detail: `1 to ${MAX_LIMIT}`, field: 'limit' })
  }
  const next = c.req.query('next') ?? null
  if (next !== null && !/^\d{1,6}$/.test(next)) {
    throw new HttpProblem('invalid_body', { detail: 'a cursor that an answer gave', field: 'next' })
  }
  for (const field of ['since', 'until']) {
    const text = c.req.query(field)
    if (text !== undefined && !isInstant(text)) {
      throw new HttpProblem('invalid_body', { detail: 'an ISO 8601 instant', field })
    }
  }
  return {
    limit,
    next,
    verbose: c.req.query('verbose') === 'true',
    include: c.req.query('include')?.split(',').filter(Boolean) ?? [],
    since: c.req.query('since') ?? null,
    until: c.req.query('until') ?? null,
  }
}

profileRoutes.patch(PATH, async (c) => {
  const deps = c.get('deps')
  const release = await activeRelease(c)
  const source = await requireSecret(c, release)
  const { value: body, bytes } = await readJson(c)
  const result = await patchProfile(deps, {
    release,
    source,
    address: c.req.param(),
    body,
    receivedAtMs: deps.nowMs(),
    bytes,
  })
  if (!result.ok) throw new HttpProblem(result.error.code, result.error)
  return c.json(result.value)
})
