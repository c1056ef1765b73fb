/** Errors on the wire: RFC 9457, one table from code to status. */
import type { Context } from 'hono'
import type { Fault, Problem, ProblemCode } from '../contract/problem.ts'
import type { App } from './context.ts'

const STATUS = {
  invalid_json: [400, 'The body is not JSON'],
  invalid_body: [400, 'The body does not have the form that is asked for'],
  body_too_large: [413, 'The body is too large'],
  too_deep: [400, 'The body is nested too deep'],
  too_many_keys: [400, 'The body has too many keys'],
  forbidden_key: [400, 'The body has a key that none may have'],
  not_finite: [400, 'The body has a number too large to be one'],
  unknown_write_key: [401, 'No source has this key'],
  origin_not_allowed: [403, 'The source does not take events from this origin'],
  unauthorized: [401, 'A valid key is needed'],
  forbidden: [403, 'The key does not open this'],
  not_found: [404, 'There is nothing here'],
  method_not_allowed: [405, 'The path takes other methods'],
  unknown_placement: [404, 'No such placement is published'],
  invalid_token: [401, 'The identify token does not hold'],
  invalid_preview_link: [400, 'The preview link does not open'],
  invalid_configuration: [422, 'The configuration has faults'],
  invalid_condition: [422, 'The condition has faults'],
  configuration_changed: [409, 'Somebody else changed the configuration'],
  not_merged: [409, 'There is no such merge to undo'],
  out_of_reach: [409, 'A part of the log cannot be read any more'],
  not_separable: [409, 'The two cannot be told apart'],
  replay_running: [409, 'Another replay is running'],
  replay_outdated: [409, 'A release was published since the replay began'],
  replay_stuck: [409, 'Something is in the way of the replay'],
  no_release: [503, 'Nothing is published yet'],
  rate_limited: [429, 'Too many requests'],
  store_busy: [503, 'Too many changes to one person at once'],
  store_unavailable: [503, 'The store does not answer'],
  outbox_full: [503, 'Too much waits for the warehouse'],
  internal: [500, 'Something broke on our side'],
  invalid_message: [400, 'The message does not have the form that is asked for'],
  event_too_large: [413, 'The event is too large'],
  missing_identifier: [400, 'The message tells of nobody'],
  invalid_timestamp: [400, 'The message has no possible time'],
  invalid_identifier: [400, 'The identifier can be nobody’s'],
  invalid_decision_id: [400, 'The decisionId is not valid'],
} as const satisfies Record<ProblemCode, readonly [number, string]>

/** What a second does not mend. */
const RETRY_AFTER_SECONDS: { readonly [code in ProblemCode]?: string } = { outbox_full: '60' }

export interface ProblemDetails {
  readonly detail?: string | undefined
  readonly field?: string | undefined
  readonly errors?: readonly Fault[] | undefined
}

/** What a handler throws to answer with a problem; nothing below http/ does. */
export class HttpProblem extends Error {
  readonly code: ProblemCode
  readonly details: ProblemDetails
  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    super(code)
    this.code = code
    this.details = details
  }
}

export function problemResponse(
  c: Context<App>,
  code: ProblemCode,
  { detail, field, errors }: ProblemDetails = {},
): Response {
  const [status, title] = STATUS[code]
  const problem: Problem = {
    type: `https://github.com/tsugi-dev/tsugi/blob/main/docs/wire.md#${code}`,
    title,
    status,
    code,
    requestId: c.get('requestId'),
    ...(detail === undefined ? {} : { detail }),
    ...(field === undefined ? {} : { field }),
    ...(errors === undefined ? {} : { errors }),
  }
  c.set('problem', code)
  return c.newResponse(JSON.stringify(problem), status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(status === 503 || status === 429
      ? { 'retry-after': RETRY_AFTER_SECONDS[code] ?? '1' }
      : {}),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  })
}
