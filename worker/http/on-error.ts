/** Whatever was thrown becomes a problem; what was not foreseen is logged whole and told as `internal`. */
import type { Context } from 'hono'
import { StoreError } from '../flow/ports.ts'
import type { App } from './context.ts'
import { HttpProblem, problemResponse } from './problem.ts'

export function onError(error: Error, c: Context<App>): Response {
  if (error instanceof HttpProblem) return problemResponse(c, error.code, error.details)
  const cause = error.cause instanceof Error ? error.cause.message : null
  const line = {
    level: 'error',
    requestId: c.get('requestId'),
    error: error.message,
    cause,
    stack: error.stack,
  }
  // oxlint-disable-next-line no-console -- without its secrets the worker has no deps, and no log of its own
  console.error(JSON.stringify(line))
  return problemResponse(c, error instanceof StoreError ? 'store_unavailable' : 'internal')
}
