/** An action: what can be chosen, its content, and who may get it. */
import * as v from 'valibot'
import { caps } from './cap.ts'
import { condition } from './condition.ts'
import { key, language, named, note, schedule, stopAfter } from './scalars.ts'
import { strict } from './strict.ts'

/** These a formula has anyway. */
const OWN = new Set(['key', 'priority', 'tags'])
const attributeName = v.pipe(
  v.string(),
  v.regex(/^[a-zA-Z]\w{0,39}$/, 'Expected a name of letters, digits and "_"'),
  v.check((name) => !OWN.has(name), 'Expected another name than key, priority and tags'),
)
const shortText = v.pipe(v.string(), v.maxLength(200))

const fieldTexts = v.record(key, v.pipe(v.string(), v.maxLength(20_000)))
export const action = strict({
  key,
  ...named,
  description: note,
  tags: v.optional(v.pipe(v.array(key), v.maxLength(20)), []),
  campaign: v.optional(key),
  /** What formulas read of it: a margin, a size, a season. */
  attributes: v.optional(
    v.record(attributeName, v.union([v.pipe(v.number(), v.finite()), shortText, v.boolean()])),
    {},
  ),
  content: fieldTexts,
  /** Fields that differ by language, chosen by `context.locale`: { "ja": { … } }. */
  translations: v.optional(v.record(language, fieldTexts), {}),
  schedule: v.optional(schedule),
  /** Who may get it at all. */
  when: v.optional(condition),
  /** `none`: also for those who refused personalization; as its policy says unless given. */
  consent: v.optional(v.picklist(['personalization', 'none'])),
  caps,
  /** So many of it there are, over everybody: exact, and counted when it is served. */
  stock: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000_000))),
  stopAfter: v.optional(stopAfter),
})
