/** `GET /v1/profiles/:type/:value`: one customer, for servers with the secret key. */
import { Hono } from 'hono'
import { readProfile } from '../flow/read-profile.ts'
import type { App } from './context.ts'
import { requireSecret } from './keys.ts'
import { HttpProblem } from './problem.ts'
import { activeRelease } from './release.ts'

export const profileRoutes = new Hono<App>()

profileRoutes.get('/v1/profiles/:type/:value', async (c) => {
  const { store, nowMs } = c.get('deps')
  const release = await activeRelease(c)
  await requireSecret(c, release)
  const profile = await readProfile(store, release, c.req.param(), nowMs())
  if (profile === null) throw new HttpProblem('not_found', { detail: 'nobody has this identifier' })
  c.header('cache-control', 'private, no-store')
  return c.json(profile)
})
