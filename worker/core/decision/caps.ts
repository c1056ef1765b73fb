/** Whether a cap is reached, and when it opens again. */
import type { CapView } from '../../contract/reason.ts'
import type { Calendar } from '../calendar/calendar.ts'
import { HOUR_MS, MINUTE_MS } from '../calendar/units.ts'
import type { CalendarUnit } from '../../contract/cap.ts'
import type { Profile, RecentEvent } from '../profile/profile.ts'
import type { Counts } from '../profile/exposures.ts'
import type { CompiledCap } from './plan.ts'

/** Events less than this apart belong to one session. */
const SESSION_GAP_MS = 1_800_000
/** No cap on a session looks further back. */
const LONGEST_SESSION_MS = 86_400_000

/** The moment a decision is for, as caps see it. */
export interface CapMoment {
  readonly nowMs: number
  /** The workspace's. */
  readonly calendar: Calendar
  readonly sessionFromMs: number
}

/** The calendar unit that goes on now. Hours are those of the clock, also where zones are half an hour off. */
function unitAt(
  unit: CalendarUnit,
  { calendar, nowMs }: CapMoment,
): {
  readonly fromMs: number
  readonly untilMs: number
} {
  if (unit !== 'hour') return calendar.at(unit, nowMs)
  const into = (nowMs + calendar.zone.offsetMs(nowMs)) % HOUR_MS
  return { fromMs: nowMs - into, untilMs: nowMs - into + HOUR_MS }
}

export function countOf(cap: CompiledCap, counts: Counts, moment: CapMoment): number {
  const { counter, window } = cap
  const { nowMs } = moment
  switch (window.kind) {
    case 'ever':
      return counts.ever(counter)
    case 'rolling':
      return counts.between(counter, nowMs - window.ms, nowMs)
    case 'session':
      return counts.between(counter, moment.sessionFromMs, nowMs)
    case 'calendar':
      return counts.between(counter, unitAt(window.unit, moment).fromMs, nowMs)
  }
}

/**
 * When a cap that is reached opens by itself; null where no time can tell: for
 * life, and for a session, which lasts as long as its visitor stays.
 */
export function opensAtMs(cap: CompiledCap, counts: Counts, moment: CapMoment): number | null {
  const { counter, window, max } = cap
  switch (window.kind) {
    case 'ever':
    case 'session':
      return null
    case 'rolling': {
      const oldestMs = counts.nthNewestMs(counter, max)
      // A minute counts whole.
      return oldestMs === null ? null : oldestMs + window.ms + MINUTE_MS
    }
    case 'calendar':
      return unitAt(window.unit, moment).untilMs
  }
}

/**
 * When the session began that goes on now: back from now over the person's
 * events until half an hour passed between two. Where they do not reach that
 * far, a day ago: a cap errs on the side of silence.
 * @param remembered how many events a profile holds at most
 */
export function sessionFromMs(
  { recent }: Pick<Profile, 'recent'>,
  nowMs: number,
  remembered: number,
): number {
  let fromMs = nowMs
  for (let i = recent.length - 1; i >= 0; i--) {
    const [atMs] = recent[i] as RecentEvent
    if (atMs > nowMs) continue
    if (fromMs - atMs >= SESSION_GAP_MS) return fromMs
    fromMs = atMs
  }
  return recent.length < remembered ? fromMs : nowMs - LONGEST_SESSION_MS
}

export const capView = ({ of, subject, key, max, window }: CompiledCap): CapView => ({
  of,
  subject,
  key,
  max,
  per:
    window.kind === 'ever'
      ? 'lifetime'
      : window.kind === 'session'
        ? 'session'
        : window.kind === 'calendar'
          ? window.unit
          : { ms: window.ms },
})
