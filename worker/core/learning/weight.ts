/** What learning can weigh in a profile, in bytes of JSON. */
import { KEPT_TOLD } from './rewards.ts'
import { KEPT_EXPOSURES, type LearningRules } from './rules.ts'

/** [1764000000000,"123456789","123456789",-1000000000000,-1000000000000,0.08333333333333333,1234567,1234567], */
const EXPOSURE = 106
/** "learning":{"exposures":[],"hits":{},"trials":{},"counted":{}}, */
const FRAME = 64
/** ,"told":[] and "123456789/123456789", */
const TOLD = 10 + KEPT_TOLD * 22
/** "123456789":[1764000000000], */
const GOAL = 28
/** ,[1764000000000] */
const HIT = 16
/** ,"123456789" */
const KEY = 12
/** ,"",-1000000000000000,"JPY" and ,1 for a refund */
const MONEY = 28
/** "123456789":[1764000000000,"123456789","123456789",1], */
const TRIAL = 54
/** "123456789/123456789":[123456], and ,"JPY",-100000000000000000 for each currency */
const COUNTED = 32
const COUNTED_MONEY = 26

/** Whatever a release asks for. */
export const EXPOSURES_BYTES = FRAME + KEPT_EXPOSURES * EXPOSURE + TOLD

/** What a release's goals and experiments add to it. */
export function learningBytes({ goals, experiments }: LearningRules): number {
  let bytes = 0
  for (const { kept, keyed, currencies } of goals) {
    bytes += GOAL + kept * (HIT + (keyed ? KEY : 0) + (currencies.length > 0 ? MONEY : 0))
  }
  for (const { goals: counted } of experiments.values()) {
    bytes += TRIAL
    for (const { currencies } of counted) bytes += COUNTED + currencies.length * COUNTED_MONEY
  }
  return bytes
}
