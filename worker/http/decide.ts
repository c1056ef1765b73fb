/** `POST /v1/decide` */
import * as v from 'valibot'
import { decideBody, type DecideBody } from '../contract/decide.ts'
import { decide } from '../flow/decide.ts'
import { asObject, guardBody, readJson } from './body.ts'
import { visitorsConnection } from './connection.ts'
import type { Release } from '../core/release/release.ts'
import { callerOf, requireOrigin, requireRate, sha256Hex, type Caller } from './keys.ts'
import { rememberDevice } from './device-cookie.ts'
import { previewOf } from './preview-cookie.ts'
import { HttpProblem } from './problem.ts'
import { activeRelease } from './release.ts'
import { routes } from './routes.ts'

/** Events in it are checked once more, each by itself. */
const BODY_LIMITS = { depth: 20, keys: 100_000 }

/** Given at once: each one set by itself is a call out of JavaScript. */
const ANSWER_HEADERS = {
  'content-type': 'application/json',
  'cache-control': 'private, no-store',
} as const

export const decideRoutes = routes()

decideRoutes.post('/v1/decide', async (c) => {
  const deps = c.get('deps')
  const { value, bytes } = await readJson(c)
  const release = await activeRelease(c)
  guardBody(value, BODY_LIMITS)
  const caller = await callerOf(c, release, asObject(value)['writeKey'])
  requireOrigin(c, caller)
  await requireRate(c, caller)
  const parsed = v.safeParse(decideBody, value, { abortEarly: true })
  if (!parsed.success) {
    const [issue] = parsed.issues
    throw new HttpProblem('invalid_body', {
      detail: issue.message,
      field: v.getDotPath(issue) ?? undefined,
    })
  }
  const body = parsed.output
  if (!caller.trusted && (body.explain === true || body.at != null)) {
    throw new HttpProblem('forbidden', { detail: '"explain" and "at" need the secret key' })
  }
  const nowMs = deps.nowMs()
  const former = rememberDevice(c, caller, body)
  const preview = previewOf(c, caller)
  // What was previewed is not what is answered once the preview has ended.
  const key = preview === null ? await questionKey(release, caller, body) : null
  const known = key === null ? null : deps.answers.get(key, nowMs)
  if (known !== null) return c.body(known, 200, ANSWER_HEADERS)
  const result = await decide(deps, {
    release,
    ...caller,
    body,
    former,
    ...visitorsConnection(c, caller),
    forced: preview?.forced ?? null,
    readOnly: preview !== null,
    requestId: body.requestId ?? c.get('requestId'),
    receivedAtMs: nowMs,
    budgetMs: deps.decideBudgetMs,
    bytes,
  })
  if (!result.ok) throw new HttpProblem(result.error.code, result.error)
  const answer = JSON.stringify(result.value)
  if (result.value.degraded) c.set('degraded', true)
  else if (key !== null) deps.answers.keep(key, answer, nowMs)
  return c.body(answer, 200, ANSWER_HEADERS)
})

/** Only the very same question, under the same release, may be answered from memory. */
async function questionKey(
  { epoch }: Release,
  { source, trusted }: Caller,
  body: DecideBody,
): Promise<string | null> {
  if (body.requestId == null) return null
  const { sentAt: _, writeKey: __, hint: ___, ...question } = body
  return sha256Hex(JSON.stringify([epoch, source.key, trusted, question]))
}
