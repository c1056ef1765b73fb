/**
 * OpenFeature's Remote Evaluation Protocol: a placement read as a flag.
 * https://github.com/open-feature/protocol/blob/main/service/openapi.yaml
 */
import * as v from 'valibot'
import type { Content, DecisionItem } from './decide.ts'
import type { JsonObject } from './message.ts'

const who = v.pipe(v.string(), v.maxLength(200))
export const flagContext = v.looseObject({
  /** Who it is about: see flow/flag-asker.ts. */
  targetingKey: v.nullish(who),
  userId: v.nullish(who),
  /** The host-signed JWT that proves `userId`. */
  token: v.nullish(v.pipe(v.string(), v.maxLength(4096))),
})
export type FlagContext = v.InferOutput<typeof flagContext> & JsonObject

export const evaluateBody = v.object({
  context: v.nullish(
    v.pipe(
      v.unknown(),
      // A loose object would let an array through.
      v.check((value) => !Array.isArray(value), 'Expected an object'),
      flagContext,
    ),
  ),
})

export type FlagErrorCode =
  | 'PARSE_ERROR'
  | 'TARGETING_KEY_MISSING'
  | 'INVALID_CONTEXT'
  | 'FLAG_NOT_FOUND'
  | 'GENERAL'

export type FlagReason = 'TARGETING_MATCH' | 'SPLIT' | 'DEFAULT' | 'STATIC' | 'DISABLED'

export type FlagValue = boolean | number | string | Content | readonly DecisionItem[]

export interface FlagEvaluation {
  readonly key: string
  /** Absent: the caller's own default holds. */
  readonly value?: FlagValue
  readonly reason: FlagReason
  /** Secret key only: the arm, else the action. */
  readonly variant?: string
  readonly metadata: FlagMetadata
}

/** Flat, as OpenFeature wants it. */
export interface FlagMetadata {
  /** Comes back with impression, click and dismiss. */
  readonly decisionId?: string
  /** The fallback was served because the store did not answer in time. */
  readonly degraded?: true
  /** This browser looks at a preview. */
  readonly preview?: true
  /** Secret key only. */
  readonly action?: string
  readonly policy?: string
  readonly because?: string
}

export interface FlagFailure {
  readonly key?: string
  readonly errorCode: FlagErrorCode
  readonly errorDetails?: string
}

export interface BulkEvaluation {
  readonly flags: readonly FlagEvaluation[]
  readonly metadata: { readonly epoch: number }
}
