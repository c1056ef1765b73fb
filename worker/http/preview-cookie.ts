/** The cookie that a preview link was exchanged for: it is this browser's alone, and short-lived. */
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { holds, type PreviewTicket } from '../flow/preview.ts'
import type { App } from './context.ts'
import type { Caller } from './keys.ts'

const NAME = 'tsugi_preview'

/** What this browser previews; null for nearly everybody. Servers have no browser. */
export function previewOf(c: Context<App>, { source, trusted }: Caller): PreviewTicket | null {
  const cookie = trusted ? undefined : getCookie(c, NAME)
  if (cookie === undefined) return null
  const { previewSeals, nowMs } = c.get('deps')
  const ticket = previewSeals.cookie.open(cookie)
  return ticket !== null && holds(ticket, source.key, nowMs()) ? ticket : null
}

/** false where the ticket is too long for a cookie. */
export function keepPreview(c: Context<App>, ticket: PreviewTicket): boolean {
  const { previewSeals, nowMs } = c.get('deps')
  const sealed = previewSeals.cookie.seal(ticket)
  if (sealed === null) return false
  writeCookie(c, sealed, Math.ceil((ticket.untilMs - nowMs()) / 1000))
  return true
}

export const endPreview = (c: Context<App>): void => writeCookie(c, '', 0)

/**
 * Lax where the page is on the worker's own site. Elsewhere only a cookie that
 * is kept apart for each site (CHIPS) goes along with the page's requests.
 */
function writeCookie(c: Context<App>, value: string, maxAge: number): void {
  const away = c.req.header('sec-fetch-site') === 'cross-site'
  setCookie(c, NAME, value, {
    httpOnly: true,
    secure: true,
    path: '/',
    maxAge,
    ...(away ? { sameSite: 'None', partitioned: true } : { sameSite: 'Lax' }),
  })
}
