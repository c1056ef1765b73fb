/** One time that somebody did what a goal asks for. */
export interface Hit {
  readonly atMs: number
  /** Digest of the business key, such as an order's number; '' where the goal has none. */
  readonly key: string
  /** Millionths of a unit of money; below zero for a refund. */
  readonly micro: number
  /** ISO 4217; '' where the goal has no value. */
  readonly currency: string
  readonly refund: boolean
}

/** A conversion and what was paid back of it. */
export interface Conversion {
  readonly hit: Hit
  readonly refunds: readonly Hit[]
}

/**
 * Hits as conversions: of one business key the earliest counts, so that a
 * thank-you page that is loaded again does not. A refund belongs to the
 * conversion of its key, whenever it comes; without a key it stands alone.
 */
export function conversionsOf(hits: readonly Hit[]): Conversion[] {
  const first = new Map<string, Hit>()
  const refunds = new Map<string, Hit[]>()
  const conversions: Conversion[] = []
  for (const hit of hits) {
    if (hit.key === '') conversions.push({ hit, refunds: [] })
    else if (hit.refund) refunds.set(hit.key, [...(refunds.get(hit.key) ?? []), hit])
    else {
      const standing = first.get(hit.key)
      if (standing === undefined || compareHits(hit, standing) < 0) first.set(hit.key, hit)
    }
  }
  for (const [key, hit] of first) conversions.push({ hit, refunds: refunds.get(key) ?? [] })
  return conversions
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** By time; the rest only so that equal times have an order that everybody agrees on. */
export const compareHits = (a: Hit, b: Hit): number =>
  a.atMs - b.atMs ||
  compareText(a.key, b.key) ||
  a.micro - b.micro ||
  compareText(a.currency, b.currency) ||
  Number(a.refund) - Number(b.refund)
