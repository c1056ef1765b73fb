/**
 * The first-party cookie: the server's copy of a browser's anonymousId. Where
 * the worker answers on the site's own host, it outlives what a page can store
 * (Safari forgets script-written storage after seven days): docs/identity.md
 *
 * It joins a new anonymousId with the old one only when the SDK says that its
 * storage was lost (`device: "fresh"`). A reset or a change of user makes a new
 * anonymousId on purpose, and then the cookie follows instead of leading back.
 */
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { FormerDevice } from '../flow/admit.ts'
import type { App } from './context.ts'
import type { Caller } from './keys.ts'
import { previewOf } from './preview-cookie.ts'
import type { TextSeal } from './text-seal.ts'

const NAME = 'tsugi_device'
/** The longest that browsers keep a cookie: 400 days. */
const MAX_AGE_SECONDS = 34_560_000
const ATTRIBUTES = { httpOnly: true, secure: true, sameSite: 'Lax', path: '/' } as const
/** How old a cookie may grow before it is written anew. */
const RENEW_MS = 7 * 86_400_000

/** What a request says of its device. */
export interface DeviceFrame {
  /**
   * `fresh`: the anonymousId is new because nothing was stored; `kept`: it was
   * stored; `none`: nothing may be kept on this device, not by us either.
   */
  readonly device?: 'fresh' | 'kept' | 'none' | null | undefined
  readonly anonymousId?: string | null | undefined
}

type Written = readonly [source: string, anonymousId: string, writtenMs: number]

/**
 * The anonymousId this browser had before it lost its storage, and the cookie
 * for the next time. Without `device` nothing is read or set: the client is no
 * browser. Who may not be stored has the cookie taken away.
 */
export function rememberDevice(
  c: Context<App>,
  caller: Caller,
  { device, anonymousId }: DeviceFrame,
): FormerDevice | null {
  const { source, trusted } = caller
  // A browser that previews changes nobody: it is told apart from whom it had been later.
  if (previewOf(c, caller) !== null) return null
  if (trusted || device == null || c.req.header('origin') === undefined) return null
  const { deviceSeal, nowMs } = c.get('deps')
  const cookie = getCookie(c, NAME)
  const written = cookie === undefined ? null : readCookie(deviceSeal, cookie)
  const known = written !== null && written[0] === source.key ? written : null
  if (device === 'none') {
    // One that cannot be opened any more is nobody else's.
    const isOurs = cookie !== undefined && (written === null || known !== null)
    if (isOurs) deleteCookie(c, NAME, ATTRIBUTES)
    return null
  }
  if (anonymousId == null) return null
  const current = known?.[1] === anonymousId && nowMs() - known[2] < RENEW_MS
  if (!current) {
    const value: Written = [source.key, anonymousId, nowMs()]
    setCookie(c, NAME, deviceSeal.seal(JSON.stringify(value)), {
      ...ATTRIBUTES,
      maxAge: MAX_AGE_SECONDS,
    })
  }
  return device === 'fresh' && known !== null && known[1] !== anonymousId
    ? { anonymousId, was: known[1] }
    : null
}

function readCookie(seal: TextSeal, cookie: string): Written | null {
  const text = seal.open(cookie)
  return text === null ? null : (JSON.parse(text) as Written)
}
