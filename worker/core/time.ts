/** Reading and correcting times. Nothing here asks what time it is. */
import { UTC, type Zone } from './calendar/zone.ts'
import { fail, ok, type Result } from './result.ts'

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** Milliseconds of a duration such as "30m" or "7d" (checked by contract/condition). */
export function durationMs(text: string): number {
  return Number(text.slice(0, -1)) * UNIT_MS[text.slice(-1) as keyof typeof UNIT_MS]
}

/** "-30d", as opposed to a date (checked by contract/condition). */
export const isRelative = (text: string): boolean => /^[+-]/.test(text)

/** ISO 8601 only: a date, or a date and time; Date.parse alone would take far more. */
const ISO =
  /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/
const HAS_ZONE = /(?:Z|[+-]\d{2}:?\d{2})$/
/** 2100: beyond it a number is not milliseconds of our time. */
const LATEST_MS = 4_102_444_800_000

/** Date.parse takes the 30th of February for the 2nd of March. */
export function isDay(text: string): boolean {
  const digit = (at: number): number => text.charCodeAt(at) - 48
  const month = digit(5) * 10 + digit(6)
  const day = digit(8) * 10 + digit(9)
  // Most days are days of every month, and need no calendar.
  if (day >= 1 && day <= 28 && month >= 1 && month <= 12) return true
  const year = Number(text.slice(0, 4))
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  return days !== undefined && day >= 1 && day <= days
}

/**
 * Epoch milliseconds of an ISO 8601 text or of a number of epoch milliseconds;
 * null for anything else.
 * @param zone whose local time a text without an offset is
 */
export function instantMs(value: unknown, zone: Zone = UTC): number | null {
  if (typeof value === 'number') {
    return Number.isFinite(value) && value >= 0 && value <= LATEST_MS ? Math.floor(value) : null
  }
  if (typeof value !== 'string' || value.length > 40 || !ISO.test(value)) return null
  if (!isDay(value)) return null
  const text = value.replace(' ', 'T').replace(',', '.')
  const isLocal = text.length === 10 || !HAS_ZONE.test(text)
  const ms = Date.parse(isLocal && text.length > 10 ? `${text}Z` : text)
  if (Number.isNaN(ms)) return null
  return isLocal ? zone.momentOf(ms) : ms
}

export interface MessageTimes {
  readonly timestampMs: number
  readonly originalTimestampMs: number | null
  readonly sentAtMs: number | null
}

export interface SentTimes {
  readonly timestamp?: string | number | null | undefined
  readonly originalTimestamp?: string | number | null | undefined
  readonly sentAt?: string | number | null | undefined
}

/**
 * Segment's correction for a sender's wrong clock:
 * timestamp = receivedAt − (sentAt − originalTimestamp), never in the future.
 * Without sentAt the sender's own time stands; without any, receivedAt.
 * The error names the field that is no time, or one before 1970.
 */
export function correctTimes(
  message: SentTimes,
  frameSentAt: string | number | null | undefined,
  receivedAtMs: number,
): Result<MessageTimes, string> {
  const told = message.originalTimestamp ?? message.timestamp
  const originalTimestampMs = told == null ? null : instantMs(told)
  if (told != null && originalTimestampMs === null) {
    return fail(message.originalTimestamp == null ? 'timestamp' : 'originalTimestamp')
  }
  const sent = message.sentAt ?? frameSentAt
  const sentAtMs = sent == null ? null : instantMs(sent)
  if (sent != null && sentAtMs === null) return fail('sentAt')
  const corrected =
    originalTimestampMs === null
      ? receivedAtMs
      : sentAtMs === null
        ? originalTimestampMs
        : receivedAtMs - (sentAtMs - originalTimestampMs)
  const timestampMs = Math.min(corrected, receivedAtMs)
  if (timestampMs <= 0) return fail('timestamp')
  return ok({ timestampMs, originalTimestampMs, sentAtMs })
}
