/** Preview links: operators make them, a browser exchanges one for a cookie, once. */
import type { Context } from 'hono'
import * as v from 'valibot'
import {
  PREVIEW_PARAMETER,
  openPreviewBody,
  previewLinkBody,
  type PreviewRefusal,
  type PreviewState,
  type PreviewLink,
} from '../contract/preview.ts'
import { previewTicket, sessionOf, type PreviewTicket } from '../flow/preview.ts'
import { asObject, readJson } from './body.ts'
import type { App } from './context.ts'
import { callerOf, requireAdmin, requireOrigin, requireRate } from './keys.ts'
import { endPreview, keepPreview, previewOf } from './preview-cookie.ts'
import { HttpProblem } from './problem.ts'
import { activeRelease } from './release.ts'
import { routes } from './routes.ts'

const BODY_BYTES = 16_384

export const previewRoutes = routes()

previewRoutes.post('/admin/v1/preview-links', async (c) => {
  await requireAdmin(c)
  c.header('cache-control', 'no-store')
  const { configuration, previewSeals, nowMs } = c.get('deps')
  const body = await readBody(c, previewLinkBody)
  const { number } = await activeRelease(c)
  const config = await configuration.readRelease(number)
  if (config === null) throw new HttpProblem('no_release')
  const made = previewTicket(config, body, { id: crypto.randomUUID(), nowMs: nowMs() })
  if (!made.ok) throw new HttpProblem('invalid_body', made.error)
  const token = previewSeals.link.seal(made.value)
  if (token === null) {
    throw new HttpProblem('invalid_body', { detail: 'too much for one link: name fewer segments' })
  }
  return c.json(linkOf(made.value, token, body.url), 201)
})

function linkOf({ source, untilMs }: PreviewTicket, token: string, page?: string): PreviewLink {
  const url = page === undefined ? null : new URL(page)
  url?.searchParams.set(PREVIEW_PARAMETER, token)
  return { token, url: url?.href ?? null, source, expires: new Date(untilMs).toISOString() }
}

previewRoutes.post('/v1/preview', async (c) => {
  const { previewSeals, previewUses, nowMs } = c.get('deps')
  c.header('cache-control', 'private, no-store')
  const body = await readBody(c, openPreviewBody)
  const caller = await callerOf(c, await activeRelease(c), body.writeKey)
  if (caller.trusted) throw new HttpProblem('forbidden', { detail: 'a preview is a browser’s' })
  requireOrigin(c, caller)
  await requireRate(c, caller)
  if (!('token' in body)) {
    endPreview(c)
    return c.json({ preview: false } satisfies PreviewState)
  }
  const link = previewSeals.link.open(body.token)
  if (link === null) throw invalid('it is no link of this deployment')
  if (link.source !== caller.source.key) throw invalid('it is for another source')
  if (link.untilMs <= nowMs()) throw invalid('it has expired')
  const standing = previewOf(c, caller)
  // The very browser that used it asks again: its page was loaded twice.
  const session = standing?.id === link.id ? standing : sessionOf(link, nowMs())
  if (session !== standing) {
    const first = await previewUses.use(link.id, link.untilMs, nowMs())
    if (!first) throw invalid('it was used already: each opens in one browser')
    if (!keepPreview(c, session)) throw invalid('it holds too much')
  }
  const expires = new Date(session.untilMs).toISOString()
  return c.json({ preview: true, expires } satisfies PreviewState)
})

const invalid = (detail: PreviewRefusal): HttpProblem =>
  new HttpProblem('invalid_preview_link', { detail })

async function readBody<S extends v.GenericSchema>(
  c: Context<App>,
  schema: S,
): Promise<v.InferOutput<S>> {
  const { value } = await readJson(c, BODY_BYTES)
  const parsed = v.safeParse(schema, asObject(value), { abortEarly: true })
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new HttpProblem('invalid_body', {
    detail: issue.message,
    field: v.getDotPath(issue) ?? undefined,
  })
}
