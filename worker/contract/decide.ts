/** `POST /v1/decide`: what to show in each placement, for this person, now. */
import * as v from 'valibot'
import type { JsonObject, Rejection } from './message.ts'
import type { Explanation, Reason } from './reason.ts'

const shortText = v.pipe(v.string(), v.minLength(1), v.maxLength(200))
const record = v.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  (issue) => `Expected an object but received ${issue.received}`,
)

export const decideBody = v.object({
  writeKey: v.nullish(v.string()),
  /** The client's own id for this question: a retry with it gets the same answer. */
  requestId: v.nullish(
    v.pipe(
      v.string(),
      v.regex(
        /^[\w:.~-]{8,100}$/,
        'Expected 8 to 100 of A-Z, a-z, 0-9, "_", "-", ":", "." and "~"',
      ),
    ),
  ),
  anonymousId: v.nullish(shortText),
  userId: v.nullish(shortText),
  /** The host-signed JWT that proves `userId`. */
  token: v.nullish(v.pipe(v.string(), v.maxLength(4096))),
  /** Set by a browser: whether its anonymousId is new for want of a stored one; `none` where nothing may be stored. */
  device: v.nullish(v.picklist(['fresh', 'kept', 'none'])),
  /** The `profileId` of an earlier answer: saves a trip to the store on Redis, and decides nothing. */
  hint: v.optional(v.unknown()),
  /** Folded before deciding, and durable once named in `acked`. */
  events: v.nullish(v.pipe(v.array(v.unknown()), v.maxLength(100))),
  sentAt: v.nullish(v.union([v.string(), v.number()])),
  placements: v.pipe(v.array(shortText), v.minLength(1), v.maxLength(20)),
  /** At most so many of them get something, the first ones that can: to choose one channel of several. */
  atMost: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(20))),
  /** Page, campaign, device, locale, or anything the app knows. Never read as traits. */
  context: v.nullish(record),
  /** Secret key only: why, for every candidate. */
  explain: v.nullish(v.boolean()),
  /** Secret key only: decide as of this moment (ISO 8601). */
  at: v.nullish(v.string()),
})
export type DecideBody = v.InferOutput<typeof decideBody>

/** A field of content: plain text, or HTML that was sanitized at publish. */
export type ContentValue = string | { readonly html: string }
export type Content = { readonly [field: string]: ContentValue }

export interface DecisionItem {
  /** Signed; comes back with impression, click and dismiss. */
  readonly decisionId: string
  readonly content: Content
  /** Secret key only. */
  readonly action?: string
}

export interface DecisionAnswer {
  /** Empty: leave the page's own content. */
  readonly items: readonly DecisionItem[]
  /**
   * Where nothing of ours is shown and yet an experiment counts who would have
   * seen it: report the impression of the page's own content with it.
   */
  readonly decisionId?: string
  /** Secret key only. */
  readonly reason?: Reason
  /** Secret key with `explain` only. */
  readonly explain?: Explanation
}

export interface DecideAnswer {
  readonly decisions: { readonly [placement: string]: DecisionAnswer }
  /** messageIds that are durable now. */
  readonly acked: readonly string[]
  readonly rejected: readonly Rejection[]
  readonly profileId: string | null
  readonly epoch: number
  /** True when the fallback was served because the store did not answer in time. */
  readonly degraded: boolean
  /** This browser looks at a preview: nothing of it counts. */
  readonly preview?: true
}

export type { ConditionTrace } from './reason.ts'
