/**
 * A Segment-spec message as clients send it. What the spec leaves open stays
 * open: unknown keys are dropped, objects such as `properties` are kept whole.
 * https://segment.com/docs/connections/spec/
 */
import * as v from 'valibot'

const MESSAGE_TYPES = ['identify', 'track', 'page', 'screen', 'group', 'alias'] as const
export type MessageType = (typeof MESSAGE_TYPES)[number]

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }
export type JsonObject = { readonly [key: string]: JsonValue }

/** Identifiers and names are short: what a person is known by, not a payload. */
const idText = v.pipe(v.string(), v.minLength(1), v.maxLength(200))

/** Some clients send numeric user ids; the text is what identifies. */
const id = v.union([idText, v.pipe(v.number(), v.safeInteger(), v.transform(String))])

const name = v.pipe(v.string(), v.maxLength(200))

/** The body was parsed from JSON and checked for depth and keys before this runs. */
const jsonObject = v.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  (issue) => `Expected an object but received ${issue.received}`,
)

/** ISO 8601 text, or epoch milliseconds; read by `core/time`. */
const time = v.union([v.string(), v.number()])

const entries = {
  messageId: v.nullish(v.pipe(v.string(), v.minLength(1), v.maxLength(100))),
  anonymousId: v.nullish(id),
  userId: v.nullish(id),
  timestamp: v.nullish(time),
  originalTimestamp: v.nullish(time),
  sentAt: v.nullish(time),
  event: v.nullish(name),
  name: v.nullish(name),
  category: v.nullish(name),
  groupId: v.nullish(id),
  previousId: v.nullish(id),
  properties: v.nullish(jsonObject),
  traits: v.nullish(jsonObject),
  context: v.nullish(jsonObject),
  integrations: v.nullish(jsonObject),
  /** A JWT signed by the host that proves `userId` (and e-mail or phone) to be the sender's. */
  token: v.nullish(v.pipe(v.string(), v.maxLength(4096))),
}

/** A message whose type the path told: `POST /v1/track`. */
export const messageBody = v.object(entries)
/** A message in a batch names its own type. */
export const message = v.object({ ...entries, type: v.picklist(MESSAGE_TYPES) })
export type Message = v.InferOutput<typeof message>

/**
 * The frame of `POST /v1/batch`. Its messages are checked one by one, so that
 * a bad one does not take the good ones with it.
 */
export const batchBody = v.object({
  batch: v.array(v.unknown()),
  sentAt: v.nullish(time),
  writeKey: v.nullish(v.string()),
  /** The browser's anonymousId, and whether it is new for want of a stored one: http/device-cookie.ts */
  device: v.nullish(v.picklist(['fresh', 'kept', 'none'])),
  anonymousId: v.nullish(id),
  /** The `profileId` of a decide's answer: saves a trip to the store on Redis, and decides nothing. */
  hint: v.optional(v.unknown()),
})

/** What was not taken from a batch, and why. */
export interface Rejection {
  /** Position in the batch as it was sent. */
  readonly index: number
  readonly messageId: string | null
  readonly code: RejectionCode
  /** JSON path to the field at fault. */
  readonly field?: string
  readonly detail: string
}
export type RejectionCode =
  | 'invalid_message'
  | 'event_too_large'
  | 'missing_identifier'
  | 'invalid_timestamp'
  | 'invalid_identifier'
  | 'invalid_decision_id'
  | 'invalid_token'

/** The answer to every collect call: a 2xx means that the accepted ones are durable. */
export interface CollectAnswer {
  readonly success: boolean
  readonly accepted: number
  readonly rejected: readonly Rejection[]
}
