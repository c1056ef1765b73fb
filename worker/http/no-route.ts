/** What no route answers: 404, or 405 where the path takes other methods (RFC 9110, 15.5.6). */
import type { Context } from 'hono'
import { TrieRouter } from 'hono/router/trie-router'
import type { App } from './context.ts'
import { problemResponse } from './problem.ts'

interface Route {
  readonly path: string
  readonly method: string
}

/** @param all asked for once somebody comes to nowhere, when all routes are there */
export function noRoute(all: () => readonly Route[]): (c: Context<App>) => Response {
  let methodsAt: TrieRouter<string> | undefined
  return (c) => {
    methodsAt ??= byMethod(all())
    const [found] = methodsAt.match('ALL', c.req.path)
    const methods = new Set(found.map(([method]) => method))
    if (methods.size === 0 || methods.has(c.req.method)) {
      const detail = `${c.req.method} ${shortened(c.req.path)} is no route; docs/wire.md lists them`
      return problemResponse(c, 'not_found', { detail })
    }
    if (methods.has('GET')) methods.add('HEAD')
    const allow = [...methods.add('OPTIONS')].join(', ')
    if (c.req.method === 'OPTIONS') return c.body(null, 204, { allow })
    const detail = `${c.req.method} is not for ${c.req.path}, which takes ${allow}`
    const told = problemResponse(c, 'method_not_allowed', { detail })
    told.headers.set('allow', allow)
    return told
  }
}

const PATH_TOLD = 200
const shortened = (path: string): string =>
  path.length > PATH_TOLD ? `${path.slice(0, PATH_TOLD)}…` : path

function byMethod(all: readonly Route[]): TrieRouter<string> {
  const router = new TrieRouter<string>()
  // Middleware goes by all methods, and answers none.
  for (const { path, method } of all) if (method !== 'ALL') router.add('ALL', path, method)
  return router
}
