/** How often a person met an action or a policy, for the caps that ask. */
import type { ExposureCount } from './profile.ts'

export type ExposureKind = 'impression' | 'click' | 'dismiss'

/** The name a cap counts under. */
export const exposureKey = (kind: ExposureKind, of: 'action' | 'policy', key: string): string =>
  `${kind}:${of}:${key}`

/** The longest window, in milliseconds, that any cap needs of a key; Infinity never needs buckets. */
export type CappedKeys = ReadonlyMap<string, number>

/** A quarter hour, since half-hour time zones begin their days on one. */
export const BUCKET_MS = 900_000

type Exposures = Readonly<Record<string, ExposureCount>>

/** Counts one exposure under a key. Changes `exposures`. */
export function addExposure(
  exposures: Record<string, ExposureCount>,
  key: string,
  timestampMs: number,
  windowMs: number,
): void {
  const standing = Object.hasOwn(exposures, key) ? exposures[key] : undefined
  const bucket = String(Math.floor(timestampMs / BUCKET_MS))
  const buckets = standing?.buckets ?? {}
  exposures[key] = {
    total: (standing?.total ?? 0) + 1,
    buckets: windowMs === Infinity ? buckets : { ...buckets, [bucket]: (buckets[bucket] ?? 0) + 1 },
  }
}

/** Drops buckets that no window reaches any more, measured from the greatest folded time. */
export function settleExposures(
  exposures: Exposures,
  capped: CappedKeys,
  greatestMs: number,
): Exposures {
  const settled: Record<string, ExposureCount> = {}
  for (const [key, count] of Object.entries(exposures)) {
    const windowMs = capped.get(key) ?? 0
    const floor = Math.floor((greatestMs - windowMs) / BUCKET_MS)
    const buckets = Object.entries(count.buckets).filter(([bucket]) => Number(bucket) >= floor)
    settled[key] = { total: count.total, buckets: Object.fromEntries(buckets) }
  }
  return settled
}

export function mergeExposures(a: Exposures, b: Exposures): Exposures {
  const union: Record<string, ExposureCount> = { ...a }
  for (const [key, count] of Object.entries(b)) {
    const standing = Object.hasOwn(union, key) ? union[key] : undefined
    if (standing === undefined) {
      union[key] = count
      continue
    }
    const buckets: Record<string, number> = { ...standing.buckets }
    for (const [bucket, n] of Object.entries(count.buckets))
      buckets[bucket] = (buckets[bucket] ?? 0) + n
    union[key] = { total: standing.total + count.total, buckets }
  }
  return union
}

/**
 * Exposures in the window that ends now, counted in whole quarter hours: the
 * oldest one counts whole, so that a cap errs on the side of silence.
 */
export function countExposures(
  count: ExposureCount | undefined,
  windowMs: number,
  nowMs: number,
): number {
  if (count === undefined) return 0
  if (windowMs === Infinity) return count.total
  const floor = Math.floor((nowMs - windowMs) / BUCKET_MS)
  let n = 0
  for (const bucket in count.buckets)
    if (Number(bucket) >= floor) n += count.buckets[bucket] as number
  return n
}
