/**
 * Loaded only where somebody previews. Exchanges the link's token for a cookie,
 * strips it from the address before anybody copies that or sends it on as a
 * referrer, and says in a corner of the page that this is a preview.
 */
import type { PreviewState } from '../worker/contract/preview.ts'
import type { Answer, Listeners } from './api.ts'
import { showBadge } from './preview-badge.ts'

const PARAMETER = 'tsugi_preview='
/** In the token's place it ends the preview. */
const END = 'off'

type On = (name: 'decision', listener: Listeners['decision']) => void
type Outcome = PreviewState & { readonly detail?: string; readonly title?: string }

/** The token in the address, which is gone from there afterwards; all else stays byte for byte. */
const takeToken = (): string | undefined => {
  const parts = location.search.slice(1).split('&')
  const kept = parts.filter((part) => !part.startsWith(PARAMETER))
  if (kept.length === parts.length) return undefined
  const search = kept.length > 0 ? `?${kept.join('&')}` : ''
  history.replaceState(history.state, '', location.pathname + search + location.hash)
  const token = parts.find((part) => part.startsWith(PARAMETER)) ?? ''
  return decodeURIComponent(token.slice(PARAMETER.length))
}

const post = async (host: string, body: object): Promise<Outcome> => {
  const response = await fetch(`${host}/v1/preview`, {
    method: 'POST',
    body: JSON.stringify(body),
    credentials: 'include',
  })
  return (await response.json()) as Outcome
}

let opened = false

/** Called before the first question where the address has a token, or after an answer that was a preview. */
const open = async (host: string, writeKey: string, on: On): Promise<void> => {
  if (opened) return
  opened = true
  const end = async (): Promise<void> => {
    await post(host, { writeKey, end: true })
    location.reload()
  }
  const token = takeToken()
  if (token === END) {
    await post(host, { writeKey, end: true })
    return
  }
  if (token === undefined) return showBadge({ kind: 'on' }, end)
  const outcome = await post(host, { writeKey, token })
  if (!outcome.preview)
    return showBadge({ kind: 'refused', why: outcome.detail ?? outcome.title ?? '' }, end)
  on('decision', ({ preview, degraded }: Answer) => {
    // Only an answer tells whether the browser kept the cookie.
    if (preview) showBadge({ kind: 'on', ...outcome }, end)
    else if (!degraded) showBadge({ kind: 'blocked', why: host }, end)
  })
}

// oxlint-disable-next-line import/no-default-export -- the SDK imports it by its address
export default open
