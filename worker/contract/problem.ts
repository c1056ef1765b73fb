import type { RejectionCode } from './message.ts'

/** RFC 9457 problem details, with a stable `code` that programs may switch on. */
export type ProblemCode =
  | 'invalid_json'
  | 'invalid_body'
  | 'body_too_large'
  | 'too_deep'
  | 'too_many_keys'
  | 'forbidden_key'
  | 'unknown_write_key'
  | 'origin_not_allowed'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'not_finite'
  | 'unknown_placement'
  | 'invalid_token'
  | 'invalid_preview_link'
  | 'invalid_configuration'
  | 'invalid_condition'
  | 'configuration_changed'
  | 'no_release'
  | 'not_merged'
  | 'out_of_reach'
  | 'not_separable'
  | 'replay_running'
  | 'replay_outdated'
  | 'replay_stuck'
  | 'rate_limited'
  | 'store_busy'
  | 'store_unavailable'
  | 'outbox_full'
  | 'internal'
  | RejectionCode

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ProblemCode
  readonly detail?: string
  /** JSON path to the field at fault. */
  readonly field?: string
  readonly requestId: string
  /** Every fault found, where more than one is told at once. */
  readonly errors?: readonly Fault[]
}

/** Something that works, though not as somebody might expect. */
export interface Warning {
  readonly path: string
  /** The part of the document that it is about, in words. */
  readonly about: string
  readonly why: string
}

/** One fault in a document: where, what is wrong, what is allowed. */
export interface Fault {
  readonly path: string
  /** The elements that the path names by their place, by their keys: "policy hero-welcome". */
  readonly in?: string
  readonly wrong: string
  readonly allowed?: string
}
