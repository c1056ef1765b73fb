/** `/admin/v1/segments/*`: what operators ask about segments. */
import * as v from 'valibot'
import { condition } from './condition.ts'
import type { ConditionTrace } from './decide.ts'
import type { JsonObject } from './message.ts'
import { strict } from './strict.ts'

const cursor = v.pipe(v.string(), v.minLength(1), v.maxLength(200))
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(200))
const context = v.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  (issue) => `Expected an object but received ${issue.received}`,
)
const limit = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500))

export const resegmentBody = strict({
  /** Where an earlier step said to go on. */
  cursor: v.nullish(cursor),
  /** Profiles in this step. */
  limit: v.optional(limit, 200),
  /** Also writes whoever seems in order: puts an index right that has lost somebody. */
  repair: v.optional(v.boolean(), false),
})

export interface ResegmentAnswer {
  /** Looked at in this step. */
  readonly scanned: number
  /** Of these, written. */
  readonly changed: number
  readonly entered: number
  readonly exited: number
  /** Somebody else changed them meanwhile, and evaluated them in doing so. */
  readonly overtaken: number
  /** null after the last step. */
  readonly next: string | null
  /** The one they were evaluated under: a step under a later one begins anew what came before. */
  readonly epoch: number
}

export const MAX_EXPLAINED = 500

export const explainBody = v.pipe(
  strict({
    /** One of the person's identifiers … */
    profile: v.nullish(strict({ type: text, value: text })),
    /** … or the profile's id, also one that was merged into another. */
    profileId: v.nullish(text),
    /** Keys; all unless given, as long as there are no more than 500. */
    segments: v.nullish(v.pipe(v.array(text), v.maxLength(MAX_EXPLAINED))),
    /** A condition that nobody published, for trying it on this person. */
    when: v.nullish(condition),
    /** As it would come with a request. */
    context: v.nullish(context),
    /** As of this moment (ISO 8601), by what is known of the person now. */
    at: v.nullish(v.string()),
  }),
  v.check(
    ({ profile, profileId }) => (profile == null) !== (profileId == null),
    'Expected either "profile" or "profileId"',
  ),
)
export type ExplainBody = v.InferOutput<typeof explainBody>

export interface SegmentExplanation {
  readonly key: string
  readonly version: string
  readonly member: boolean
  /** What the log says of the person; null of a segment that nobody enters. */
  readonly recorded: boolean | null
  readonly requestScoped: boolean
  /** When time alone could next change it: never later, possibly earlier. */
  readonly nextChange: string | null
  readonly trace: ConditionTrace
}

export interface ExplainAnswer {
  readonly profileId: string
  readonly epoch: number
  readonly asOf: string
  readonly segments: readonly SegmentExplanation[]
  /** Of the condition that nobody published. */
  readonly when?: Pick<SegmentExplanation, 'member' | 'requestScoped' | 'nextChange' | 'trace'>
}

export const previewBody = strict({
  when: condition,
  /** Where an earlier step said to go on. */
  cursor: v.nullish(cursor),
  /** People in this step. */
  limit: v.optional(limit, 200),
  /** People shown of those who fit. */
  sample: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(50)), 5),
  /** As of this moment (ISO 8601): the same one in all steps makes one count of them. */
  at: v.nullish(v.string()),
})

export interface PreviewAnswer {
  /** People looked at in this step; merged ones are not counted. */
  readonly scanned: number
  readonly matched: number
  readonly sample: readonly {
    readonly profileId: string
    /** null of somebody who was only put on a list. */
    readonly lastSeen: string | null
    readonly identifiers: readonly { readonly type: string; readonly value: string }[]
  }[]
  /** null after the last step. */
  readonly next: string | null
  readonly asOf: string
  readonly epoch: number
  /** The condition reads the request, and here there is none. */
  readonly requestScoped: boolean
}
