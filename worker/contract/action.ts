/** An action: what can be chosen, its content, and who may get it. */
import * as v from 'valibot'
import { cap } from './cap.ts'
import { condition } from './condition.ts'
import { key, note, schedule, title } from './scalars.ts'

const fieldTexts = v.record(key, v.pipe(v.string(), v.maxLength(20_000)))
export const action = v.strictObject({
  key,
  name: title,
  description: note,
  tags: v.optional(v.array(key), []),
  content: fieldTexts,
  /** Fields that differ by language, chosen by `context.locale`: { "ja": { … } }. */
  translations: v.optional(v.record(v.pipe(v.string(), v.regex(/^[a-z]{2,3}$/)), fieldTexts), {}),
  schedule: v.optional(schedule),
  /** Who may get it at all. */
  when: v.optional(condition),
  caps: v.optional(v.pipe(v.array(cap), v.maxLength(4)), []),
})
