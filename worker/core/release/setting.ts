/** What a workspace's conditions are compiled with: its calendar, and its patterns. */
import type { Configuration } from '../../contract/config.ts'
import { calendarOf, type Calendar } from '../calendar/calendar.ts'
import { UTC, zoneNamed, type Zone } from '../calendar/zone.ts'
import type { RegexEngine, Setting } from '../condition/scope.ts'

export function settingOf(
  { timeZone, weekStart }: Pick<Configuration['workspace'], 'timeZone' | 'weekStart'>,
  regex: RegexEngine | null,
): Setting {
  // One a visitor: as many as there are zones.
  const calendars = new Map<Zone, Calendar>()
  const calendarIn = (zone: Zone): Calendar => {
    const known = calendars.get(zone) ?? calendarOf(zone, weekStart)
    calendars.set(zone, known)
    return known
  }
  return { calendar: calendarIn(zoneNamed(timeZone) ?? UTC), calendarIn, regex }
}
