/** Events by image, for e-mails: no script, no cookie, no identify. */
import { EVENT_BYTES } from '../flow/admit.ts'
import { parseJson } from '../contract/json.ts'
import { asObject } from './body.ts'
import { collectMessages } from './collect.ts'
import { callerOf, requireRate } from './keys.ts'
import { HttpProblem } from './problem.ts'
import { activeRelease } from './release.ts'
import { routes } from './routes.ts'

/** A transparent GIF of one pixel. */
const PIXEL = Uint8Array.from(
  atob('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'),
  (character) => character.charCodeAt(0),
)
const IMAGE = { 'content-type': 'image/gif', 'cache-control': 'no-store' }

export const pixelRoutes = routes()

for (const type of ['track', 'page'] as const) {
  /** `data` is a message as base64 (or base64url) of JSON, with its writeKey in it. */
  pixelRoutes.get(`/v1/pixel/${type}`, async (c) => {
    // Whoever only asks what there is, as scanners of mail do, has seen nothing.
    if (c.req.method === 'HEAD') return c.body(null, 200, IMAGE)
    const { message, bytes } = decode(c.req.query('data') ?? '')
    const { writeKey, ...rest } = message
    const caller = await callerOf(c, await activeRelease(c), writeKey)
    await requireRate(c, caller)
    // A link can be shared: whoever it names is not whoever opens it with a secret.
    await collectMessages(
      c,
      { ...caller, trusted: false },
      { messages: [{ ...rest, type }], bytes, form: 'single' },
    )
    return c.body(PIXEL, 200, IMAGE)
  })
}

function decode(data: string): { message: Record<string, unknown>; bytes: number } {
  if (data.length > EVENT_BYTES * 2) throw new HttpProblem('event_too_large')
  try {
    const binary = atob(data.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
    return { message: asObject(parseJson(new TextDecoder().decode(bytes))), bytes: bytes.length }
  } catch (error) {
    if (error instanceof HttpProblem) throw error
    throw new HttpProblem('invalid_json', {
      detail: 'data is base64 of a JSON message',
      field: 'data',
    })
  }
}
