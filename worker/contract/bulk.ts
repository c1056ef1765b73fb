/** `POST /v1/decide/bulk`: one question about many people, line by line. */
import * as v from 'valibot'
import type { DecideAnswer } from './decide.ts'
import type { JsonObject } from './message.ts'
import { strict } from './strict.ts'

/** Of one request. */
export const MAX_BULK_PEOPLE = 10_000

const object = v.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  (issue) => `Expected an object but received ${issue.received}`,
)

/** The first line: what is asked about everybody below. */
export const bulkQuestion = strict({
  placements: v.pipe(
    v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
    v.minLength(1),
    v.maxLength(20),
  ),
  /** At most so many of them get something: to choose one channel of several. */
  atMost: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(20))),
  /** Of the request; a person's line may add to it. */
  context: v.nullish(object),
  /** Name of the run: who is asked about again under it gets the same, and nothing is spent twice. */
  run: v.nullish(
    v.pipe(
      v.string(),
      v.regex(/^[\w:.~-]{1,60}$/, 'Expected 1 to 60 of A-Z, a-z, 0-9, "_", "-", ":", "." and "~"'),
    ),
  ),
  /** Decide as of this moment (ISO 8601): a look, nothing is spent. */
  at: v.nullish(v.string()),
})
export type BulkQuestion = v.InferOutput<typeof bulkQuestion>

/** A line of the answer: one for each line of a person, in their order, and one at the end. */
export type BulkLine = BulkDecision | BulkFault | BulkEnd

interface Told {
  /** Of the body, from 1; the question is 1. */
  readonly line: number
  readonly ref?: string
}

export interface BulkDecision extends Told {
  /** null for somebody nobody knows: decided as a stranger. */
  readonly profileId: string | null
  readonly decisions: DecideAnswer['decisions']
}

export interface BulkFault extends Told {
  readonly error: {
    /** Worth another try: store_busy, store_unavailable, outbox_full. */
    readonly code:
      | 'invalid_line'
      | 'too_many_lines'
      | 'unknown_placement'
      | 'store_busy'
      | 'store_unavailable'
      | 'outbox_full'
      | 'internal'
    readonly detail: string
  }
}

/** Without it the answer is not whole. */
export interface BulkEnd {
  readonly end: { readonly people: number; readonly unknown: number; readonly failed: number }
}
