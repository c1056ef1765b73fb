/**
 * The recent events as they are written down: one text of fixed-width entries,
 * the names they use, and, where any has some, their properties. A third as
 * long as a list of lists, and far quicker to parse, to write and to escape.
 *
 * An entry is seven sortable digits of the millisecond, nine of the
 * messageId's digest and one that tells which name.
 */
import { DIGEST_LENGTH, digitAt, numberAt, putDigits, SORTABLE } from '../hash.ts'
import type { RecentEvent } from './profile.ts'

export type PackedRecent = readonly [
  entries: string,
  names: readonly string[],
  properties?: readonly RecentEvent[3][],
]

const TIME_LENGTH = 7
const NAME_AT = TIME_LENGTH + DIGEST_LENGTH
const ENTRY_LENGTH = NAME_AT + 1
/** The second day of 1970: an earlier time has so few digits that a list may be shorter. */
const START_MS = 1e8
const END_MS = 64 ** TIME_LENGTH

const decoder = new TextDecoder()

/** As they are where they cannot be packed: of too many names, or of a time or digest of another form. */
export function packRecent(recent: readonly RecentEvent[]): PackedRecent | readonly RecentEvent[] {
  if (recent.length === 0) return recent
  const names = new Map<string, number>()
  // As bytes: a text put together of pieces is copied once more when it is written as JSON.
  const entries = new Uint8Array(recent.length * ENTRY_LENGTH)
  let end = 0
  let hasProperties = false
  for (const event of recent) {
    const ms = event[0]
    const digest = event[1]
    const name = event[2]
    if (!(ms >= START_MS && ms < END_MS && Number.isInteger(ms))) return recent
    if (digest.length !== DIGEST_LENGTH) return recent
    let at = names.get(name)
    if (at === undefined) {
      at = names.size
      if (at === SORTABLE) return recent
      names.set(name, at)
    }
    putDigits(entries, end, ms, TIME_LENGTH)
    for (let i = 0; i < DIGEST_LENGTH; i++) {
      const code = digest.charCodeAt(i)
      if (code > 127) return recent
      entries[end + TIME_LENGTH + i] = code
    }
    putDigits(entries, end + NAME_AT, at, 1)
    end += ENTRY_LENGTH
    if (event[3] !== 0) hasProperties = true
  }
  const packed = [decoder.decode(entries), [...names.keys()]] as const
  return hasProperties ? [...packed, recent.map((event) => event[3])] : packed
}

export function unpackRecent(
  stored: PackedRecent | readonly RecentEvent[],
): readonly RecentEvent[] {
  if (!isPacked(stored)) return stored
  const [entries, names, properties] = stored
  const recent: RecentEvent[] = []
  for (let at = 0; at < entries.length; at += ENTRY_LENGTH) {
    recent.push([
      numberAt(entries, at, TIME_LENGTH),
      entries.slice(at + TIME_LENGTH, at + NAME_AT),
      names[digitAt(entries, at + NAME_AT)] as string,
      properties?.[recent.length] ?? 0,
    ])
  }
  return recent
}

const isPacked = (stored: PackedRecent | readonly RecentEvent[]): stored is PackedRecent =>
  typeof stored[0] === 'string'
