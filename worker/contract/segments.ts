/** `/admin/v1/segments/*`: what operators ask about segments. */
import * as v from 'valibot'

const cursor = v.pipe(v.string(), v.minLength(1), v.maxLength(200))

export const resegmentBody = v.strictObject({
  /** Where an earlier step said to go on. */
  cursor: v.nullish(cursor),
  /** Profiles in this step. */
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)), 200),
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
