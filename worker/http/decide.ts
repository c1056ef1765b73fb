/** `POST /v1/decide` */
import { Hono } from 'hono'
import * as v from 'valibot'
import { decideBody, type DecideBody } from '../contract/decide.ts'
import { decide } from '../flow/decide.ts'
import { asObject, guardBody, readJson } from './body.ts'
import type { App } from './context.ts'
import { callerOf, requireOrigin, requireRate, type Caller } from './keys.ts'
import { rememberDevice } from './device-cookie.ts'
import { HttpProblem } from './problem.ts'
import { activeRelease } from './release.ts'

const CONTEXT_LIMITS = { depth: 8, keys: 500 }

export const decideRoutes = new Hono<App>()

decideRoutes.post('/v1/decide', async (c) => {
  const deps = c.get('deps')
  const { value, bytes } = await readJson(c)
  const release = await activeRelease(c)
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
  guardBody(body.context ?? {}, CONTEXT_LIMITS)
  if (!caller.trusted && (body.explain === true || body.at != null)) {
    throw new HttpProblem('forbidden', { detail: '"explain" and "at" need the secret key' })
  }
  const nowMs = deps.nowMs()
  const former = await rememberDevice(c, caller, body)
  const result = await deps.answers.once(
    answerKey(caller, body),
    nowMs,
    () =>
      decide(deps, {
        release,
        ...caller,
        body,
        former,
        requestId: body.requestId ?? c.get('requestId'),
        receivedAtMs: nowMs,
        budgetMs: deps.decideBudgetMs,
        bytes,
      }),
    (settled) => settled.ok && !settled.value.degraded,
  )
  if (!result.ok) throw new HttpProblem(result.error.code, result.error)
  c.header('cache-control', 'private, no-store')
  return c.json(result.value)
})

/** Only the very same question may be answered from memory. */
function answerKey({ source, trusted }: Caller, body: DecideBody): string | null {
  if (body.requestId == null) return null
  const { sentAt: _, writeKey: __, ...question } = body
  return JSON.stringify([source.key, trusted, question])
}
