/** How often a person met an action or a policy, for the caps that ask. */
import type { ExposureCount } from './profile.ts'

export type ExposureKind = 'impression' | 'click' | 'dismiss'

/** The name a cap counts under. */
export const exposureKey = (kind: ExposureKind, of: 'action' | 'policy', key: string): string =>
  `${kind}:${of}:${key}`

/** What the caps on one key need of it. */
export interface CapNeed {
  /** The longest window; 0 where caps are for life only. */
  readonly windowMs: number
  /** The highest `max`: as many newest quarter hours tell whether it is reached. */
  readonly buckets: number
}
export type CappedKeys = ReadonlyMap<string, CapNeed>

/** A quarter hour, since half-hour time zones begin their days on one. */
export const BUCKET_MS = 900_000

type Exposures = Readonly<Record<string, ExposureCount>>

/** [quarter hour, n] pairs of two counts added up, oldest first. */
function addBuckets(a: ExposureCount, b: ExposureCount): number[] {
  const sum: number[] = [(a[0] ?? 0) + (b[0] ?? 0)]
  let i = 1
  let j = 1
  while (i < a.length || j < b.length) {
    const x = a[i] ?? Infinity
    const y = b[j] ?? Infinity
    sum.push(
      Math.min(x, y),
      (x <= y ? (a[i + 1] as number) : 0) + (y <= x ? (b[j + 1] as number) : 0),
    )
    if (x <= y) i += 2
    if (y <= x) j += 2
  }
  return sum
}

const own = (exposures: Exposures, key: string): ExposureCount =>
  Object.hasOwn(exposures, key) ? (exposures[key] as ExposureCount) : []

/** Counts one exposure under a key. Changes `exposures`. */
export function addExposure(
  exposures: Record<string, ExposureCount>,
  key: string,
  timestampMs: number,
): void {
  exposures[key] = addBuckets(own(exposures, key), [1, Math.floor(timestampMs / BUCKET_MS), 1])
}

/**
 * Drops quarter hours that no cap can need: those before every window, as
 * measured from the greatest folded time, and those before the newest `buckets`
 * ones, since each of these holds one exposure at least.
 */
export function settleExposures(
  exposures: Exposures,
  capped: CappedKeys,
  greatestMs: number,
): Exposures {
  const settled: Record<string, ExposureCount> = {}
  for (const key of Object.keys(exposures)) {
    const need = capped.get(key)
    // No cap asks any more.
    if (need === undefined) continue
    const { windowMs, buckets } = need
    const count = exposures[key] as ExposureCount
    const floor = windowMs === 0 ? Infinity : Math.floor((greatestMs - windowMs) / BUCKET_MS)
    let from = Math.max(1, count.length - 2 * buckets)
    while (from < count.length && (count[from] as number) < floor) from += 2
    settled[key] = from === 1 ? count : [count[0] as number, ...count.slice(from)]
  }
  return settled
}

export function mergeExposures(a: Exposures, b: Exposures): Exposures {
  const union: Record<string, ExposureCount> = { ...a }
  for (const key of Object.keys(b)) union[key] = addBuckets(own(a, key), own(b, key))
  return union
}

/**
 * Exposures in the window that ends now, counted in whole quarter hours: the
 * oldest one counts whole, so that a cap errs on the side of silence.
 * @param windowMs Infinity is for life
 */
export function countExposures(
  count: ExposureCount | undefined,
  windowMs: number,
  nowMs: number,
): number {
  if (count === undefined) return 0
  if (windowMs === Infinity) return count[0] ?? 0
  const floor = Math.floor((nowMs - windowMs) / BUCKET_MS)
  let n = 0
  for (let i = count.length - 2; i >= 1 && (count[i] as number) >= floor; i -= 2) {
    n += count[i + 1] as number
  }
  return n
}

/** The largest entry that a capped key can make in a document, in bytes of JSON. */
export const exposureBytes = (key: string, { buckets, windowMs }: CapNeed): number =>
  // "key":[1234567, and for each quarter hour ,1960000,1000
  key.length + 13 + (windowMs === 0 ? 0 : buckets * 13)
