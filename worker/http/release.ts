/** The active release, or the problem that there is none. */
import type { Context } from 'hono'
import type { Release } from '../core/release/release.ts'
import type { App } from './context.ts'
import { HttpProblem } from './problem.ts'

export async function activeRelease(c: Context<App>): Promise<Release> {
  const release = await c.get('deps').releases.current()
  if (release === null) {
    throw new HttpProblem('no_release', {
      detail: 'publish a configuration first: npm run tsugi -- publish',
    })
  }
  c.set('epoch', release.epoch)
  return release
}
