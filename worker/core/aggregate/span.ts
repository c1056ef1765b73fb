/** How an aggregate cuts time into buckets, and which of them it keeps. */
import type { Calendar, Unit } from '../calendar/calendar.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../calendar/units.ts'

export type Span =
  /** One bucket that never leaves. */
  | { readonly kind: 'ever' }
  /** Equal buckets, as far back as the longest window reaches. */
  | { readonly kind: 'rolling'; readonly windowMs: number; readonly bucketMs: number }
  /** One bucket of what happened between two moments, the second exclusive. */
  | { readonly kind: 'fixed'; readonly fromMs: number; readonly untilMs: number }
  /** One bucket a period of the calendar, as many back as are read. */
  | {
      readonly kind: 'period'
      readonly unit: Unit
      readonly back: number
      readonly calendar: Calendar
    }

/** Fine enough that a window has some twenty buckets, coarse enough that it has at most 400. */
export const bucketOf = (windowMs: number): number =>
  windowMs <= 2 * HOUR_MS ? MINUTE_MS : windowMs <= 3 * DAY_MS ? HOUR_MS : DAY_MS

export const rolling = (windowMs: number): Span => ({
  kind: 'rolling',
  windowMs,
  bucketMs: bucketOf(windowMs),
})

/** The bucket that a moment falls into; null where it falls into none. */
export function bucketAt(span: Span, atMs: number): number | null {
  switch (span.kind) {
    case 'ever':
      return 0
    case 'rolling':
      return Math.floor(atMs / span.bucketMs)
    case 'fixed':
      return atMs >= span.fromMs && atMs < span.untilMs ? 0 : null
    case 'period':
      return span.calendar.at(span.unit, atMs).number
  }
}

/** The first bucket that anybody reads at a moment, or later. */
export function floorAt(span: Span, atMs: number): number {
  switch (span.kind) {
    case 'ever':
    case 'fixed':
      return 0
    case 'rolling':
      return Math.floor((atMs - span.windowMs + 1) / span.bucketMs)
    case 'period':
      return span.calendar.at(span.unit, atMs).number - span.back
  }
}

/** Where the time begins that is read at a moment. */
export function startMs(span: Span, atMs: number): number {
  switch (span.kind) {
    case 'ever':
      return 0
    case 'rolling':
      return atMs - span.windowMs
    case 'fixed':
      return span.fromMs
    case 'period':
      return span.calendar.numbered(span.unit, floorAt(span, atMs)).fromMs
  }
}

/** How many buckets there can be at once. */
export function mostBuckets(span: Span): number {
  switch (span.kind) {
    case 'ever':
    case 'fixed':
      return 1
    case 'rolling':
      return Math.ceil(span.windowMs / span.bucketMs) + 1
    case 'period':
      return span.back + 1
  }
}

/** The year 2100: until then a bucket's number has no more digits. */
const LATEST_MS = 4_102_444_800_000

/** The longest number of a bucket, and its comma. */
export const bucketBytes = (span: Span): number => String(bucketAt(span, LATEST_MS) ?? 0).length + 1

/** What tells spans apart whose buckets cannot be shared. */
export function granularity(span: Span): string {
  switch (span.kind) {
    case 'ever':
      return 'ever'
    case 'rolling':
      return String(span.bucketMs)
    case 'fixed':
      return `${span.fromMs}-${span.untilMs}`
    case 'period':
      return `${span.unit} of ${span.calendar.zone.name}, ${span.calendar.weekStart}`
  }
}

/** Whether the buckets of one are all that the other, of equal granularity, reads. */
export const reaches = (span: Span, other: Span): boolean =>
  span.kind === 'rolling' && other.kind === 'rolling'
    ? span.windowMs >= other.windowMs
    : span.kind === 'period' && other.kind === 'period'
      ? span.back >= other.back
      : true

/** Of two of equal granularity the one that reaches further back. */
export const widest = (a: Span, b: Span): Span => (reaches(a, b) ? a : b)
