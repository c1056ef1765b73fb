/** What operators may look at beside the value that they test. */
import type { JsonValue } from '../../contract/message.ts'
import type { Calendar } from '../calendar/calendar.ts'
import type { Zone } from '../calendar/zone.ts'
import type { Profile } from '../profile/profile.ts'

export type Value = JsonValue | undefined
export type PropertyReader = (path: string) => Value

export interface Scope {
  readonly nowMs: number
  /** null where nobody is asked about: an aggregate's filter. */
  readonly profile: Profile | null
  /** Where the visitor is, as far as anybody knows. */
  readonly visitorZone: () => Zone | null
}

/** Patterns in linear time; only releases that have one load it. */
export interface RegexEngine {
  compile(pattern: string): (text: string) => boolean
}

/** Tells also what is wrong with a pattern, before one is published. */
export interface CheckedRegexEngine extends RegexEngine {
  /** null for a good one. */
  fault(pattern: string): string | null
}

/** What a release's conditions are compiled with. */
export interface Setting {
  /** The workspace's. */
  readonly calendar: Calendar
  readonly calendarIn: (zone: Zone) => Calendar
  /** null where no condition has a pattern. */
  readonly regex: RegexEngine | null
}

export type CalendarOf = (scope: Scope) => Calendar

/** Whose days they are: the workspace's unless the leaf says `zone: visitor`, and where nobody knows the visitor's. */
export function calendarFor(
  { calendar, calendarIn }: Setting,
  zone: string | undefined,
): CalendarOf {
  if (zone !== 'visitor') return () => calendar
  return (scope) => {
    const visitors = scope.visitorZone()
    return visitors === null ? calendar : calendarIn(visitors)
  }
}

export const traitOf = (profile: Profile | null, name: string): Value =>
  profile !== null && Object.hasOwn(profile.traits, name) ? profile.traits[name]?.value : undefined
