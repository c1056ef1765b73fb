/** `/ofrep/v1/evaluate/flags`: placements for OpenFeature's own providers, on servers and in pages. */
import type { Context } from 'hono'
import * as v from 'valibot'
import { evaluateBody, type BulkEvaluation, type FlagContext } from '../contract/ofrep.ts'
import type { FlagErrorCode, FlagFailure } from '../contract/ofrep.ts'
import type { ProblemCode } from '../contract/problem.ts'
import {
  evaluateFlag,
  evaluateFlags,
  type EvaluateError,
  type EvaluateRequest,
} from '../flow/evaluate.ts'
import { asObject, guardBody, readJson } from './body.ts'
import { visitorsConnection } from './connection.ts'
import type { App } from './context.ts'
import { callerOf, requireOrigin, requireRate, sha256Hex } from './keys.ts'
import { onError } from './on-error.ts'
import { previewOf } from './preview-cookie.ts'
import { HttpProblem } from './problem.ts'
import { activeRelease } from './release.ts'
import { routes } from './routes.ts'

const PATH = '/ofrep/v1/evaluate/flags'
const BODY_LIMITS = { depth: 20, keys: 10_000 }
const DAY_MS = 86_400_000

export const ofrepRoutes = routes()

ofrepRoutes.post(`${PATH}/:placement`, async (c) => {
  const request = await readRequest(c)
  const result = await evaluateFlag(c.get('deps'), request, c.req.param('placement'))
  if (!result.ok) throw evaluationProblem(result.error)
  if (result.value.metadata.degraded) c.set('degraded', true)
  return c.json(result.value)
})

ofrepRoutes.post(PATH, async (c) => {
  const request = await readRequest(c)
  const result = await evaluateFlags(c.get('deps'), request)
  if (!result.ok) throw evaluationProblem(result.error)
  const { degraded, ...bulk } = result.value
  // A fallback for want of an answer is nothing to keep.
  if (degraded) {
    c.set('degraded', true)
    return c.json(bulk)
  }
  const tag = await entityTag(request, bulk)
  c.header('etag', tag)
  return sameTag(c.req.header('if-none-match'), tag) ? c.body(null, 304) : c.json(bulk)
})

async function readRequest(c: Context<App>): Promise<EvaluateRequest> {
  const deps = c.get('deps')
  c.header('cache-control', 'private, no-store')
  const { value, bytes } = await readJson(c, undefined, '{}')
  const release = await activeRelease(c)
  const caller = await callerOf(c, release, c.req.header('x-api-key'))
  requireOrigin(c, caller)
  await requireRate(c, caller)
  guardBody(value, BODY_LIMITS)
  const parsed = v.safeParse(evaluateBody, asObject(value), { abortEarly: true })
  if (!parsed.success) {
    const [issue] = parsed.issues
    const field = v.getDotPath(issue) ?? ''
    throw new FlagProblem(field.startsWith('context') ? 'INVALID_CONTEXT' : 'PARSE_ERROR', {
      detail: issue.message,
      field,
    })
  }
  return {
    release,
    ...caller,
    forced: previewOf(c, caller)?.forced ?? null,
    context: (parsed.output.context ?? {}) as FlagContext,
    ...visitorsConnection(c, caller),
    requestId: c.get('requestId'),
    receivedAtMs: deps.nowMs(),
    budgetMs: deps.decideBudgetMs,
    bytes,
  }
}

/**
 * Weak, since it leaves decisionIds out: what is shown to whom. It changes with
 * the day, so that a page that is open for long gets decisionIds that still hold.
 */
async function entityTag(
  { context: { targetingKey, userId }, source, trusted, receivedAtMs }: EvaluateRequest,
  bulk: BulkEvaluation,
): Promise<string> {
  const day = Math.floor(receivedAtMs / DAY_MS)
  const shown = JSON.stringify(
    [source.key, trusted, targetingKey ?? '', userId ?? '', day, bulk.flags],
    (key, value: unknown) => (key === 'decisionId' ? undefined : value),
  )
  return `W/"${(await sha256Hex(shown)).slice(0, 32)}"`
}

/** RFC 9110, 13.1.2: a list of tags, or any. */
const sameTag = (header: string | undefined, tag: string): boolean =>
  header !== undefined &&
  header.split(',').some((part) => {
    const one = part.trim()
    return one === '*' || one.replace(/^W\//, '') === tag.slice(2)
  })

/** A problem that OpenFeature has a code of its own for. */
class FlagProblem extends HttpProblem {
  readonly errorCode: FlagErrorCode
  constructor(errorCode: FlagErrorCode, details: HttpProblem['details']) {
    super('invalid_body', details)
    this.errorCode = errorCode
  }
}

const evaluationProblem = (error: EvaluateError): HttpProblem =>
  error.code === 'targeting_key_missing'
    ? new FlagProblem('TARGETING_KEY_MISSING', { detail: 'context.targetingKey says for whom' })
    : new HttpProblem(error.code, error)

const ERROR_CODES: Partial<Record<ProblemCode, FlagErrorCode>> = {
  invalid_json: 'PARSE_ERROR',
  invalid_body: 'PARSE_ERROR',
  body_too_large: 'PARSE_ERROR',
  too_deep: 'INVALID_CONTEXT',
  too_many_keys: 'INVALID_CONTEXT',
  forbidden_key: 'INVALID_CONTEXT',
  not_finite: 'INVALID_CONTEXT',
  invalid_identifier: 'INVALID_CONTEXT',
  invalid_token: 'INVALID_CONTEXT',
  unknown_placement: 'FLAG_NOT_FOUND',
}

/** As the protocol has it: what is wrong with a request is 400, and providers read no other body. */
ofrepRoutes.onError((error, c: Context<App>) => {
  const told = onError(error, c)
  const problem = error instanceof HttpProblem ? error : null
  const errorCode =
    problem instanceof FlagProblem
      ? problem.errorCode
      : ((problem === null ? null : ERROR_CODES[problem.code]) ?? 'GENERAL')
  const status = errorCode === 'GENERAL' || errorCode === 'FLAG_NOT_FOUND' ? told.status : 400
  const key = c.req.param('placement')
  const { detail, field } = problem?.details ?? {}
  const errorDetails = [problem?.code, field, detail].filter(Boolean).join(': ')
  const failure: FlagFailure = {
    ...(key === undefined ? {} : { key }),
    errorCode,
    ...(errorDetails === '' ? {} : { errorDetails }),
  }
  const headers = new Headers(told.headers)
  headers.set('content-type', 'application/json')
  return new Response(JSON.stringify(failure), { status, headers })
})
