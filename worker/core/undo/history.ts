/** What of a log an undo has to read: everybody who was joined with the two, from the first merge concerned on. */
import { mergeFacts, unmergeFacts, type UnmergeFacts } from '../identity/identity-map.ts'
import type { EventRecord } from '../record.ts'

export interface Trail {
  /** Every profile that turned out to be joined with those it began with. */
  readonly ids: ReadonlySet<string>
  /** Whether a record is of any of them; in commit order. */
  follow(record: EventRecord): boolean
}

export function trail(begin: Iterable<string>): Trail {
  const ids = new Set(begin)
  const isOurs = (...named: readonly string[]): boolean => {
    if (!named.some((id) => ids.has(id))) return false
    for (const id of named) ids.add(id)
    return true
  }
  return {
    ids,
    follow(record) {
      if (record.type === '$merge') {
        const { survivor, absorbed } = mergeFacts(record)
        return isOurs(survivor, absorbed)
      }
      if (record.type === '$unmerge') {
        const { survivor, absorbed, stays, leaves } = unmergeFacts(record)
        return isOurs(survivor, absorbed, stays, leaves)
      }
      return record.profileId !== null && ids.has(record.profileId)
    },
  }
}

/** Where to begin to read. */
export type HistoryStart =
  | { readonly from: number }
  /** This earlier merge was undone since: read from there, and follow those two as well. */
  | { readonly earlier: UnmergeFacts }
  /** The merge itself is not among them. */
  | null

/** @param records a trail's, in commit order; @param merge messageId of the `$merge` to undo */
export function historyStart(records: readonly EventRecord[], merge: string): HistoryStart {
  const at = new Map(
    records.flatMap(({ type, messageId }, i) =>
      type === '$merge' ? [[messageId, i] as const] : [],
    ),
  )
  let from = at.get(merge)
  if (from === undefined) return null
  for (let i = records.length - 1; i >= from; i--) {
    const record = records[i] as EventRecord
    if (record.type !== '$unmerge') continue
    const facts = unmergeFacts(record)
    const index = at.get(facts.merge)
    if (index === undefined) return { earlier: facts }
    from = Math.min(from, index)
  }
  return { from }
}
