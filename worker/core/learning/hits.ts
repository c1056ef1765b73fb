/** Hits of goals, as a profile keeps them. */
import { compareHits, type Hit } from '../goal/hit.ts'
import type { HitEntry, HitList } from './section.ts'

export interface Hits {
  /** The greatest time that ever had to make room; 0 when none had. */
  readonly floorMs: number
  /** Oldest first. */
  readonly hits: readonly Hit[]
}

export const NO_HITS: Hits = { floorMs: 0, hits: [] }

export function unpackHits([floorMs, ...entries]: HitList): Hits {
  return {
    floorMs,
    hits: (entries as readonly HitEntry[]).map(
      ([atMs, key = '', micro = 0, currency = '', refund = 0]) => ({
        atMs,
        key,
        micro,
        currency,
        refund: refund === 1,
      }),
    ),
  }
}

function entryOf({ atMs, key, micro, currency, refund }: Hit): HitEntry {
  if (refund) return [atMs, key, micro, currency, 1]
  if (currency !== '') return [atMs, key, micro, currency]
  return key === '' ? [atMs] : [atMs, key]
}

export const packHits = ({ floorMs, hits }: Hits): HitList => [floorMs, ...hits.map(entryOf)]

export const uniteHits = (lists: readonly Hits[]): Hits => ({
  floorMs: Math.max(0, ...lists.map(({ floorMs }) => floorMs)),
  hits: lists.flatMap(({ hits }) => hits).sort(compareHits),
})

/** The newest stay, and the floor remembers the newest that went. */
export function trimHits({ floorMs, hits }: Hits, kept: number): Hits {
  const gone = hits.length - kept
  if (gone <= 0) return { floorMs, hits }
  return { floorMs: Math.max(floorMs, (hits[gone - 1] as Hit).atMs), hits: hits.slice(gone) }
}
