/**
 * Where in a profile's bitmap each segment stands. A slot is kept while its
 * segment is, and after that as long as nobody else needs it, so that a
 * rollback finds the members it had.
 */

/** As many as there may be segments; see contract/config.ts. */
export const SLOTS = 10_000

/** One slot, given to a segment under some epoch. */
export interface Slot {
  readonly slot: number
  readonly key: string
  /** The epoch under which this segment got it: older bits mean somebody else's. */
  readonly sinceEpoch: number
  /** Of the segment's meaning; empty while the active release has no such segment. */
  readonly version: string
  /** The epoch from which on the segment means that. */
  readonly versionEpoch: number
}

/** What a release asks a slot for. */
export interface TrackedSegment {
  readonly key: string
  readonly version: string
}

/** A slot to write under the epoch that begins. */
export interface SlotChange {
  readonly slot: number
  readonly key: string
  /** null: from this epoch on. */
  readonly sinceEpoch: number | null
  readonly version: string
}

/**
 * What changes in the table of slots when these segments become the active
 * ones. Slots nobody had come first, then those of segments long gone.
 */
export function allotSlots(
  standing: readonly Slot[],
  wanted: readonly TrackedSegment[],
  slots = SLOTS,
): SlotChange[] {
  const byKey = new Map(standing.map((slot) => [slot.key, slot]))
  const wantedKeys = new Set(wanted.map(({ key }) => key))
  const taken = new Set(standing.map(({ slot }) => slot))
  const gone = standing
    .filter(({ key }) => !wantedKeys.has(key))
    .sort((a, b) => b.versionEpoch - a.versionEpoch || b.slot - a.slot)
  const givenAway = new Set<number>()
  let unused = 0
  const nextSlot = (): number | undefined => {
    while (unused < slots && taken.has(unused)) unused++
    if (unused < slots) return unused++
    const oldest = gone.pop()?.slot
    if (oldest !== undefined) givenAway.add(oldest)
    return oldest
  }
  const changes: SlotChange[] = []
  for (const { key, version } of wanted) {
    const own = byKey.get(key)
    if (own === undefined) {
      const slot = nextSlot()
      // More segments than slots: publish refuses so many.
      if (slot !== undefined) changes.push({ slot, key, sinceEpoch: null, version })
    } else if (own.version !== version) {
      changes.push({ slot: own.slot, key, sinceEpoch: own.sinceEpoch, version })
    }
  }
  const leaving = gone
    .filter(({ slot, version }) => version !== '' && !givenAway.has(slot))
    .map(({ slot, key, sinceEpoch }) => ({ slot, key, sinceEpoch, version: '' }))
  return [...changes, ...leaving]
}
