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
  const minute = minuteOfDay(zone, nowMs)
  const quiet =
    fromMinute < untilMinute
      ? minute >= fromMinute && minute < untilMinute
      : minute >= fromMinute || minute < untilMinute
  return quiet ? nextMinuteOfDay(zone, untilMinute, nowMs) : null
}
