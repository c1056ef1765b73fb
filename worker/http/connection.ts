/** What a browser's connection shows of its visitor; nothing of a server's, which stands elsewhere. */
import type { Context } from 'hono'
import type { App } from './context.ts'
import type { Caller } from './keys.ts'

interface Connection {
  readonly userAgent: string | null
  /** IANA name, as Cloudflare knows addresses. */
  readonly timezone: string | null
}

export function visitorsConnection(c: Context<App>, { trusted }: Caller): Connection {
  if (trusted) return { userAgent: null, timezone: null }
  const { cf } = c.req.raw as { readonly cf?: { readonly timezone?: unknown } }
  const timezone = cf?.timezone
  return {
    userAgent: c.req.header('user-agent') ?? null,
    timezone: typeof timezone === 'string' ? timezone : null,
  }
}
