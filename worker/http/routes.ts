/** Where the routes of a surface are put. */
import { HonoBase } from 'hono/hono-base'
import type { Router } from 'hono/router'
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
 * Hono's own choice of a router makes one pattern of all routes at the first
 * request: 4 µs less for each one after it, and 5 ms more for whoever wakes an isolate.
 */
export const appOfRoutes = (): HonoBase<App> => new HonoBase<App>({ router: new TrieRouter() })
