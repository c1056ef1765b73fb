/** Segment's collect endpoints, long and short: a 2xx means durable. */
import type { Context } from 'hono'
import * as v from 'valibot'
import { batchBody, type CollectAnswer, type MessageType } from '../contract/message.ts'
import { collect } from '../flow/collect.ts'
import { asObject, readJson } from './body.ts'
import type { FormerDevice } from '../flow/admit.ts'
import type { App } from './context.ts'
import { rememberDevice } from './device-cookie.ts'
import { callerOf, requireOrigin, requireRate, type Caller } from './keys.ts'
import { previewOf } from './preview-cookie.ts'
import { HttpProblem } from './problem.ts'
import { activeRelease } from './release.ts'
import { routes } from './routes.ts'

/** Each call under the name of Segment's HTTP API and the short one of analytics.js. */
const CALLS: readonly (readonly [path: string, type: MessageType])[] = [
  ['identify', 'identify'],
  ['i', 'identify'],
  ['track', 'track'],
  ['t', 'track'],
  ['page', 'page'],
  ['p', 'page'],
  ['screen', 'screen'],
  ['s', 'screen'],
  ['group', 'group'],
  ['g', 'group'],
  ['alias', 'alias'],
  ['a', 'alias'],
]
const MAX_EVENTS = 2500

export const collectRoutes = routes()

for (const [path, type] of CALLS) {
  collectRoutes.post(`/v1/${path}`, async (c) => {
    const { value, bytes } = await readJson(c)
    const body = asObject(value)
    const caller = await admitCaller(c, body['writeKey'])
    const { writeKey: _, ...message } = body
    return c.json(
      await collectMessages(c, caller, {
        messages: [{ ...message, type }],
        bytes,
        form: 'single',
      }),
    )
  })
}

const batch = async (c: Context<App>): Promise<Response> => {
  const { value, bytes } = await readJson(c)
  const body = asObject(value)
  const caller = await admitCaller(c, body['writeKey'])
  const frame = v.safeParse(batchBody, body)
  if (!frame.success) {
    const [issue] = frame.issues
    throw new HttpProblem('invalid_body', {
      detail: issue.message,
      field: v.getDotPath(issue) ?? undefined,
    })
  }
  const { batch: messages, sentAt, hint } = frame.output
  if (messages.length > MAX_EVENTS) {
    throw new HttpProblem('invalid_body', {
      detail: `at most ${MAX_EVENTS} events`,
      field: 'batch',
    })
  }
  const former = rememberDevice(c, caller, frame.output)
  await requireRate(c, caller, messages.length - 1)
  return c.json(
    await collectMessages(c, caller, { messages, sentAt, former, hint, bytes, form: 'batch' }),
  )
}
collectRoutes.post('/v1/batch', batch)
collectRoutes.post('/v1/b', batch)

/** analytics.js reports its own health here; it is taken and forgotten. */
collectRoutes.post('/v1/m', (c) => c.json({ success: true }))

async function admitCaller(c: Context<App>, bodyKey: unknown): Promise<Caller> {
  const caller = await callerOf(c, await activeRelease(c), bodyKey)
  requireOrigin(c, caller)
  await requireRate(c, caller)
  return caller
}

export interface Sent {
  readonly messages: readonly unknown[]
  readonly sentAt?: string | number | null | undefined
  readonly former?: FormerDevice | null
  readonly hint?: unknown
  readonly bytes: number
  /** Whether a refused message is the whole request's problem. */
  readonly form: 'single' | 'batch'
}

export async function collectMessages(
  c: Context<App>,
  caller: Caller,
  { messages, sentAt, former = null, hint, bytes, form }: Sent,
): Promise<CollectAnswer> {
  const deps = c.get('deps')
  const release = await activeRelease(c)
  const result = await collect(deps, {
    release,
    ...caller,
    messages,
    sentAt,
    former,
    hint,
    preview: previewOf(c, caller) !== null,
    receivedAtMs: deps.nowMs(),
    bytes,
  })
  if (!result.ok) throw new HttpProblem(result.error)
  const { success, accepted, rejected } = result.value
  const [refusal] = rejected
  if (form === 'single' && refusal !== undefined) throw new HttpProblem(refusal.code, refusal)
  return { success, accepted, rejected }
}
