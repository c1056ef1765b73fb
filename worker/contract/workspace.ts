/** What holds everywhere in a deployment. */
import * as v from 'valibot'
import { workspaceCap } from './cap.ts'
import { holdout } from './policy.ts'
import { diversity, key, quietHours, timeZone, title } from './scalars.ts'
import { strict } from './strict.ts'

export const workspace = strict({
  name: title,
  /** Days, weeks and months are this zone's. */
  timeZone: v.optional(timeZone, 'UTC'),
  /** The first day of its weeks. */
  weekStart: v.optional(v.picklist(['monday', 'sunday', 'saturday']), 'monday'),
  /** Where a phone number without a country code is from (ISO 3166-1 alpha-2). */
  phoneRegion: v.optional(v.pipe(v.string(), v.regex(/^[A-Z]{2}$/)), 'US'),
  /** The segment of those who work here: they see fallbacks, and no result counts them. */
  staff: v.optional(key),
  /** People for whom nothing is personalized anywhere. */
  holdout: v.optional(holdout),
  /** How often a person may be met at all. */
  caps: v.optional(v.pipe(v.array(workspaceCap), v.maxLength(10)), []),
  /** When no e-mail, LINE message, push or SMS goes out. */
  quietHours: v.optional(quietHours),
  /** Over all placements of one request. */
  diversity,
  /** The part of questions whose decisions are written to the log: docs/deciding.md#the-log */
  decisionLog: v.optional(strict({ share: v.pipe(v.number(), v.minValue(0), v.maxValue(1)) }), {
    share: 1,
  }),
})
