import type { Context } from 'hono'
import type { App } from './context.ts'
import { HttpProblem } from './problem.ts'

/** The cursor that a step through everybody goes on from; null begins. */
export function scanCursor(c: Context<App>, cursor: string | null | undefined): string | null {
  if (cursor == null) return null
  if (c.get('deps').profileScan.isCursor(cursor)) return cursor
  throw new HttpProblem('invalid_body', {
    detail: 'expected what an earlier step answered as "next", or nothing to begin',
    field: 'cursor',
  })
}
