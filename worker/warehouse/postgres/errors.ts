/** What PostgreSQL and the way to it say, as a sink tells it. */
import { SinkError } from '../sink-ports.ts'

/**
 * Classes of SQLSTATE, and single states, by which the whole server takes
 * nothing now: connection, no such database, wrong password, transaction lost
 * to another, tables that are not as we made them or not ours to write,
 * resources, shutdown, read-only.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const UNAVAILABLE = /^(?:08|28|3D|3F|40|42|53|57|58|55P03|25006)/
/** In class 57, but of this statement alone: it took too long. */
const CANCELLED = '57014'

/** @param connecting before anything of the batch was sent */
export function sinkErrorOf(cause: unknown, connecting: boolean): SinkError {
  if (cause instanceof SinkError) return cause
  const error = cause instanceof Error ? cause : new Error(String(cause))
  const { code } = error as { code?: unknown }
  const state = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null
  const isDown = state === null ? connecting : UNAVAILABLE.test(state) && state !== CANCELLED
  const message = state === null ? error.message : `${state} ${error.message}`
  return new SinkError(isDown ? 'unavailable' : 'failed', message, { cause })
}
