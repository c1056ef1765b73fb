/** One attempt at one request: how we send, and what is worth another attempt. */
import { settle } from '../domain/visitor.ts'
import { settings } from '../boot/settings.ts'

/** How much a browser lets all keepalive requests of a page carry together. */
const KEEPALIVE_MAX_BYTES = 64_000
const TIMEOUT_MS = 10_000

/** One of the three. */
export interface Outcome {
  readonly answer?: unknown
  /** The same request would be refused again. */
  readonly refused?: { readonly code: string; readonly detail: string }
  /** Another attempt may do; 0 where the worker did not say when. */
  readonly retryAfterMs?: number
}

export const byteLength = (text: string): number => new Blob([text]).size

let keepaliveBytes = 0
export const keepaliveRoom = (): number => KEEPALIVE_MAX_BYTES - keepaliveBytes

/** A number of seconds, or a date. */
const readRetryAfter = (header: string | null): number =>
  Math.max(0, Number(header) * 1000 || Date.parse(header ?? '') - Date.now() || 0)

/**
 * Sends text without a header of our own: such a request needs no CORS preflight.
 * Small ones go on after the page is left; never rejects.
 */
export const post = async (path: 'batch' | 'decide', body: string): Promise<Outcome> => {
  const bytes = byteLength(body)
  const keepalive = bytes <= keepaliveRoom()
  if (keepalive) keepaliveBytes += bytes
  try {
    const response = await fetch(`${settings.host}/v1/${path}`, {
      method: 'POST',
      body,
      // The site's own host keeps a cookie for us; elsewhere there is none to send.
      credentials: 'include',
      keepalive,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const { status, ok } = response
    if (status === 408 || status === 429 || status >= 500) {
      return { retryAfterMs: readRetryAfter(response.headers.get('retry-after')) }
    }
    const answer = await response.json().catch(() => ({}))
    if (ok) settle()
    return ok
      ? { answer }
      : { refused: { code: `${answer.code ?? status}`, detail: answer.detail ?? answer.title } }
  } catch {
    // Offline, blocked or timed out: fetch does not say which.
    return { retryAfterMs: 0 }
  } finally {
    if (keepalive) keepaliveBytes -= bytes
  }
}
