/**
 * Whose a record is in the end, from the log alone. Records keep the profileId
 * they were logged under; merges and undone merges say how to read it:
 * a `$merge` points `absorbed` to `survivor`; an `$unmerge` makes `leaves` a
 * person again, points `along` elsewhere, and names the records that were
 * logged under one profile and are another's. Folding every record that is not
 * late under its owner gives the live profiles (law L3).
 */
import type { Profile } from '../profile/profile.ts'
import type { EventRecord } from '../record.ts'

/** `properties` of a `$merge`. */
export interface MergeFacts {
  readonly survivor: string
  readonly absorbed: string
  /** messageId that showed the two to be one. */
  readonly cause: string
  /** Both as they stood before it, in the form that profiles had then: profile/stored.ts. */
  readonly documents: readonly [survivor: Profile, absorbed: Profile]
}

/** `properties` of an `$unmerge`. */
export interface UnmergeFacts {
  /** messageId of the `$merge` that is undone. */
  readonly merge: string
  readonly survivor: string
  readonly absorbed: string
  /** When the undone merge was committed, as its records say: where in the log to look for it. */
  readonly mergedMs: number
  /** Who keeps the profileId under which both lived, and who is a person again. */
  readonly stays: string
  readonly leaves: string
  /** Profiles merged meanwhile, or before, and to whom they point from now on. */
  readonly along: { readonly [profileId: string]: string }
  /** Records that were logged under one profile and are another's. */
  readonly moved: readonly Moved[]
  /** Both as they stood after it, in the form that profiles had then. */
  readonly documents: readonly [stays: Profile, leaves: Profile]
  /** Names the pair: `stays` carries its mark 0, `leaves` its mark 1. */
  readonly apart: string
}

export type Moved = {
  readonly from: string
  readonly to: string
  /** By messageId and arrival: what was moved away may come again and is another record then. */
  readonly records: readonly (readonly [messageId: string, receivedAtMs: number])[]
}

export const mergeFacts = ({ properties }: EventRecord): MergeFacts =>
  (properties ?? {}) as unknown as MergeFacts
export const unmergeFacts = ({ properties }: EventRecord): UnmergeFacts =>
  (properties ?? {}) as unknown as UnmergeFacts

type Located = Pick<EventRecord, 'messageId' | 'profileId' | 'receivedAtMs'>

/** A record by what no other one shares. */
export const recordKey = ({ profileId, messageId, receivedAtMs }: Located): string =>
  `${profileId} ${receivedAtMs} ${messageId}`

/** Record key → whose it is, of an undone merge. */
export const movedRecords = (moved: readonly Moved[]): [key: string, to: string][] =>
  moved.flatMap(({ from, to, records }) =>
    records.map(([messageId, receivedAtMs]): [string, string] => [
      recordKey({ profileId: from, messageId, receivedAtMs }),
      to,
    ]),
  )

export interface IdentityMap {
  /** Takes note of a `$merge` or `$unmerge`, in commit order; of others nothing. */
  note(record: EventRecord): void
  undo(facts: Pick<UnmergeFacts, 'leaves' | 'along' | 'moved'>): void
  /** Whom a tombstone names; undefined for who was never merged, or lives again. */
  pointer(profileId: string): string | undefined
  /** Who a profileId stands for now. */
  livingId(profileId: string): string
  /** Who a record counts for now; null for one that never was anybody's. */
  ownerOf(record: Located): string | null
}

/** Holds what was merged and moved and nothing else; ask it when the whole log was noted. */
export function identityMap(): IdentityMap {
  const pointsTo = new Map<string, string>()
  const movedTo = new Map<string, string>()
  const livingId = (profileId: string): string => {
    let id = profileId
    // More steps than there are pointers would be a circle, which no commit writes.
    for (let steps = 0; steps < pointsTo.size; steps++) {
      const next = pointsTo.get(id)
      if (next === undefined) break
      id = next
    }
    return id
  }
  const undo: IdentityMap['undo'] = ({ leaves, along, moved }) => {
    pointsTo.delete(leaves)
    for (const [profileId, to] of Object.entries(along)) pointsTo.set(profileId, to)
    for (const [key, to] of movedRecords(moved)) movedTo.set(key, to)
  }
  return {
    note(record) {
      if (record.type === '$unmerge') undo(unmergeFacts(record))
      if (record.type !== '$merge') return
      const { survivor, absorbed } = mergeFacts(record)
      pointsTo.set(absorbed, survivor)
    },
    undo,
    pointer: (profileId) => pointsTo.get(profileId),
    livingId,
    ownerOf(record) {
      const id = movedTo.get(recordKey(record)) ?? record.profileId
      return id === null ? null : livingId(id)
    },
  }
}
