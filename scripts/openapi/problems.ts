/** What each problem means to whoever gets it. Status and title: the worker's own, see worker.ts. */
import type { RejectionCode } from '../../worker/contract/message.ts'
import type { ProblemCode } from '../../worker/contract/problem.ts'

const REJECTIONS = {
  invalid_message: 'A message does not have the form that is asked for; `field` says where.',
  event_too_large: 'One event is over 32,768 bytes.',
  missing_identifier: 'The message has no anonymousId, and no userId that somebody vouches for.',
  invalid_timestamp: 'A time that is no time, or one before 1970.',
  invalid_identifier: 'A value that can identify nobody, such as "null" or "0".',
  invalid_decision_id: 'The exposure names a decision that this deployment did not make.',
  invalid_token: 'The identify token is forged, expired, or for another audience.',
} as const satisfies Record<RejectionCode, string>

export const PROBLEMS = {
  ...REJECTIONS,
  invalid_json: 'The body is not JSON in UTF-8.',
  invalid_body: 'The body, or a parameter, has another form than the one asked for.',
  body_too_large: 'The body is over the limit in bytes, as they arrived.',
  too_deep: 'Nested deeper than the route allows.',
  too_many_keys: 'More keys than the route allows.',
  forbidden_key: 'A key named __proto__, constructor or prototype.',
  not_finite: 'A number that JSON can write and nobody can hold, such as 1e999.',
  unknown_write_key: 'No source of the active release has this key.',
  origin_not_allowed: 'The page’s origin is not among the source’s origins.',
  unauthorized: 'No key was sent, or a demo key outside the demo, or a wrong admin token.',
  forbidden: 'The key is valid and does not open this: the secret key is needed.',
  not_found: 'Nothing is there.',
  method_not_allowed: 'The path takes other methods: those that the header Allow names.',
  unknown_placement: 'The active release has no placement of this key.',
  invalid_preview_link: 'Forged, expired, used already, or for another source.',
  invalid_configuration: 'Every fault found, in `errors`.',
  invalid_condition: 'Every fault found, in `errors`; paths begin with the condition.',
  configuration_changed: 'The draft is no longer the one that If-Match names.',
  not_merged: 'The profile is merged with nobody, or by another merge than the one named.',
  out_of_reach:
    'A record that an undo needs is neither in a file nor in the outbox; `detail` says which.',
  not_separable: 'What happened since the merge does not say who was who, or is too much.',
  replay_running: 'A replay with another wish began and is not at its end.',
  replay_outdated: 'The replay folds by the rules of a release that is no longer active.',
  replay_stuck: 'A file is gone or broken, or holds a record that cannot be rebuilt.',
  no_release: 'Nothing was published yet.',
  rate_limited: 'Too many requests with this public key from this address; see Retry-After.',
  store_busy: 'Five tries lost against others who changed the same people; send again.',
  store_unavailable: 'The store failed or timed out. Nothing is promised; send again.',
  outbox_full: 'What waits for the warehouse has reached its limit. Nothing was taken; send again.',
  internal: 'A bug of ours. The log line with this requestId tells more.',
} as const satisfies Record<ProblemCode, string>

export const REJECTION_CODES = Object.keys(REJECTIONS) as RejectionCode[]
export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[]
