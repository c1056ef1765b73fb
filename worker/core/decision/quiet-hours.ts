/** Hours in which nothing is sent, by the clock of whoever would be disturbed. */
import { minuteOfDay, nextMinuteOfDay } from '../calendar/clock.ts'
import type { Zone } from '../calendar/zone.ts'
import type { QuietHours } from './plan.ts'

/** When quiet hours that hold now end; null when they do not. */
export function quietUntilMs(
  { fromMinute, untilMinute }: QuietHours,
  zone: Zone,
  nowMs: number,
): number | null {
  const isQuiet = (ms: number): boolean => {
    const minute = minuteOfDay(zone, ms)
    return fromMinute < untilMinute
      ? minute >= fromMinute && minute < untilMinute
      : minute >= fromMinute || minute < untilMinute
  }
  if (!isQuiet(nowMs)) return null
  let untilMs = nextMinuteOfDay(zone, untilMinute, nowMs)
  // Clocks may skip the end, and all that is not quiet with it: then it is a day later.
  if (isQuiet(untilMs)) untilMs = nextMinuteOfDay(zone, untilMinute, untilMs)
  return untilMs
}
