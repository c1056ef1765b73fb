/** Where the routes of a surface are put. */
import { HonoBase } from 'hono/hono-base'
import type { Result, Router } from 'hono/router'
import { TrieRouter } from 'hono/router/trie-router'
import type { App } from './context.ts'

/** What a surface answers is only collected: it is app.ts that finds the way to it. */
const COLLECTED: Router<never> = {
  name: 'collected',
  add: () => {},
  match: () => {
    throw new TypeError('a surface is asked through the app')
  },
}

export const routes = (): HonoBase<App> => new HonoBase<App>({ router: COLLECTED })

/**
 * The trie takes a segment of a request that is a star, or is called as a
 * parameter is, for the route's own, and for what the route's stands for:
 * handlers then come twice, one right behind the other.
 */
class OnceRouter<T> extends TrieRouter<T> {
  override match(method: string, path: string): Result<T> {
    const [found] = super.match(method, path) as [[T, Record<string, string>][]]
    const isAgain = (i: number): boolean => i > 0 && found[i]?.[0] === found[i - 1]?.[0]
    return [found.some((_, i) => isAgain(i)) ? found.filter((_, i) => !isAgain(i)) : found]
  }
}

/**
 * Hono's own choice of a router makes one pattern of all routes at the first
 * request: 4 µs less for each one after it, and 5 ms more for whoever wakes an isolate.
 */
export const appOfRoutes = (): HonoBase<App> => new HonoBase<App>({ router: new OnceRouter() })
