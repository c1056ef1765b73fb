/** What holds for every placement. */
import type { Configuration } from '../../contract/config.ts'
import type { Calendar } from '../calendar/calendar.ts'
import type { House } from '../decision/plan.ts'
import { CAPS } from '../profile/caps.ts'
import { compileHoldout } from './compile-experiments.ts'

/** @param segments key → index */
export function compileHouse(
  { workspace }: Configuration,
  segments: ReadonlyMap<string, number>,
  calendar: Calendar,
): House {
  const { staff, holdout, diversity } = workspace
  return {
    staffSegment: staff === undefined ? null : (segments.get(staff) as number),
    holdout: holdout === undefined ? null : compileHoldout('$holdout', holdout),
    diversity: diversity.map(({ tag = null, max }) => ({ tag, max })),
    calendar,
    remembered: CAPS.recent,
    logged: workspace.decisionLog.share,
  }
}
