/** What conditions are compiled with, where a test has no release. */
import type { AggregateNeed } from '../../worker/core/aggregate/aggregate.ts'
import type { Names } from '../../worker/core/condition/leaf/leaf.ts'
import { regexEngine } from '../../worker/core/condition/regex.ts'
import { normalizeIdentifier } from '../../worker/core/identity/identifier.ts'
import { settingOf } from '../../worker/core/release/setting.ts'

export const zoned = (timeZone: string, weekStart: 'monday' | 'sunday' | 'saturday' = 'monday') =>
  settingOf({ timeZone, weekStart }, regexEngine)

export const UTC_SETTING = zoned('UTC')

/** Names of which none stands for anything, but those given. */
export const namesOf = (over: Partial<Names> = {}): Names => ({
  ...UTC_SETTING,
  segmentIndex: (key) => {
    throw new Error(`there is no segment ${key}`)
  },
  aggregate: (key): AggregateNeed => {
    throw new Error(`there is no aggregate ${key}`)
  },
  kept: () => undefined,
  identifierValue: (type, value) => normalizeIdentifier(type, value, 'JP')?.value ?? value,
  ...over,
})
