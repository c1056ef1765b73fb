/**
 * Leaves that ask how often one thing happened within some time until now.
 * "At least n times" is a question about one event alone: whether the n-th
 * newest is recent enough. So is when that ends.
 */
import type { NumberOperators } from '../../contract/condition.ts'
import type { RecentEvent } from '../profile/profile.ts'
import { recentCovers } from '../profile/recent.ts'
import { NO, YES } from './answers.ts'
import type { Facts } from './facts.ts'
import type { Indexed, LeafIndex } from './leaf-index.ts'
import { firstAt } from './passing.ts'

type Entries = (facts: Facts) => readonly RecentEvent[]

/** At least so many times, or fewer, in the last `agoMs`. */
export interface AtLeast {
  readonly least: number
  readonly isFewer: boolean
  /** Infinity for ever. */
  readonly agoMs: number
  /** Buckets tell what recent events do not reach. */
  readonly hasBuckets: boolean
}

/** null for what is no single limit. */
export function limitOf(wanted: NumberOperators): Pick<AtLeast, 'least' | 'isFewer'> | null {
  const [[operator, limit] = [], ...others] = Object.entries(wanted)
  if (typeof limit !== 'number' || others.length > 0) return null
  switch (operator) {
    case 'gte':
      return { least: Math.ceil(limit), isFewer: false }
    case 'gt':
      return { least: Math.floor(limit) + 1, isFewer: false }
    case 'lt':
      return { least: Math.ceil(limit), isFewer: true }
    case 'lte':
      return { least: Math.floor(limit) + 1, isFewer: true }
    default:
      return null
  }
}

/**
 * When the n-th newest is no longer recent enough; Infinity where it is not
 * even now, for time alone brings nothing back. null where more must be asked.
 */
export function endOfCount(
  entries: readonly RecentEvent[],
  { least, agoMs, hasBuckets }: AtLeast,
  { nowMs, profile }: Facts,
): number | null {
  const fromMs = nowMs - agoMs + 1
  if (hasBuckets && !recentCovers(profile, fromMs)) return null
  const happened = firstAt(entries, nowMs + 1)
  if (happened < entries.length) return null
  const nth = least <= 0 ? undefined : entries[happened - least]?.[0]
  return nth === undefined || nth < fromMs ? Infinity : nth + agoMs
}

class CountIndex implements LeafIndex {
  readonly #entries: Entries
  // Numbers side by side: there may be thousands, and each is read once a request.
  readonly #leaves: number[] = []
  readonly #least: number[] = []
  readonly #agoMs: number[] = []
  readonly #isFewer: boolean[] = []
  readonly #hasBuckets: boolean[] = []

  constructor(entries: Entries) {
    this.#entries = entries
  }

  get size(): number {
    return this.#leaves.length
  }

  add(leaf: number, { least, agoMs, isFewer, hasBuckets }: AtLeast): void {
    this.#leaves.push(leaf)
    this.#least.push(least)
    this.#agoMs.push(agoMs)
    this.#isFewer.push(isFewer)
    this.#hasBuckets.push(hasBuckets)
  }

  answer(facts: Facts, answers: Uint8Array): void {
    const entries = this.#entries(facts)
    const { nowMs, profile } = facts
    const happened = firstAt(entries, nowMs + 1)
    for (let i = 0; i < this.#leaves.length; i++) {
      const least = this.#least[i] as number
      const fromMs = nowMs - (this.#agoMs[i] as number) + 1
      if (this.#hasBuckets[i] === true && !recentCovers(profile, fromMs)) continue
      const holds =
        least <= 0 || (least <= happened && (entries[happened - least] as RecentEvent)[0] >= fromMs)
      answers[this.#leaves[i] as number] = holds === this.#isFewer[i] ? NO : YES
    }
  }
}

/** @param subject equal for leaves with equal `entries` */
export const indexedCount = (
  subject: string,
  entries: Entries,
  count: AtLeast,
): Indexed<CountIndex> => ({
  subject: `count ${subject}`,
  make: () => new CountIndex(entries),
  enter: (index, leaf) => index.add(leaf, count),
})
