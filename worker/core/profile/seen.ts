/**
 * Which messages were folded already: those that happened last, packed into
 * one text of fixed-width entries, oldest first. An entry is six sortable
 * digits of the timestamp in seconds and nine of the messageId's digest, so
 * that texts sort as (timestamp, digest) and a look-up is one indexOf.
 *
 * Kept by when they happened, not by when they arrived: a repeat carries the
 * same moment whenever it comes, and a server that sends last year's events
 * today must not push out what a visitor does now.
 */
import { DIGEST_LENGTH, fromSortableDigits, sortableDigits } from '../hash.ts'

const TIME_LENGTH = 6
export const ENTRY_LENGTH = TIME_LENGTH + DIGEST_LENGTH

export interface Seen {
  readonly packed: string
  /** The greatest timestamp (seconds) ever evicted; 0 when none was. */
  readonly floorSeconds: number
}

export function hasSeen(packed: string, digest: string): boolean {
  let at = packed.indexOf(digest)
  while (at !== -1) {
    if (at % ENTRY_LENGTH === TIME_LENGTH) return true
    at = packed.indexOf(digest, at + 1)
  }
  return false
}

/** Two characters of a digest, each of them ASCII, as one number. */
const ASCII = 128
const headAt = (text: string, at: number): number =>
  text.charCodeAt(at) * ASCII + text.charCodeAt(at + 1)

/**
 * Which of many digests stand in any of many texts: each entry is looked at
 * once, by its first two characters, and only one in some dozens is cut out.
 */
export function seenAmong(
  texts: readonly string[],
  digests: readonly string[],
): ReadonlySet<string> {
  const asked = new Set(digests)
  const heads = new Uint8Array(ASCII * ASCII)
  for (const digest of asked) heads[headAt(digest, 0)] = 1
  const found = new Set<string>()
  for (const packed of texts) {
    for (let at = TIME_LENGTH; at < packed.length; at += ENTRY_LENGTH) {
      if (heads[headAt(packed, at)] !== 1) continue
      const digest = packed.slice(at, at + DIGEST_LENGTH)
      if (asked.has(digest)) found.add(digest)
    }
  }
  return found
}

const entryOf = (digest: string, timestampMs: number): string =>
  sortableDigits(Math.floor(timestampMs / 1000), TIME_LENGTH) + digest

/** Every digest in it. */
export const seenDigests = (packed: string): string[] =>
  entriesOf(packed).map((entry) => entry.slice(TIME_LENGTH))

const secondsOf = (entry: string): number => fromSortableDigits(entry.slice(0, TIME_LENGTH))

function entriesOf(packed: string): string[] {
  const entries: string[] = []
  for (let at = 0; at < packed.length; at += ENTRY_LENGTH) {
    entries.push(packed.slice(at, at + ENTRY_LENGTH))
  }
  return entries
}

/** Keeps the newest `cap` entries of a sorted text; the floor takes the rest. */
function trim(packed: string, floorSeconds: number, cap: number): Seen {
  const excess = packed.length - cap * ENTRY_LENGTH
  if (excess <= 0) return { packed, floorSeconds }
  const newestEvicted = secondsOf(packed.slice(excess - ENTRY_LENGTH, excess))
  return { packed: packed.slice(excess), floorSeconds: Math.max(floorSeconds, newestEvicted) }
}

/** Adds one digest; what is in already stays as it is, as in a merge. */
export function addSeen(seen: Seen, digest: string, timestampMs: number, cap: number): Seen {
  const entry = entryOf(digest, timestampMs)
  let low = 0
  let high = seen.packed.length / ENTRY_LENGTH
  // The newest mostly belongs at the end, so look there first.
  if (high > 0 && seen.packed.slice(-ENTRY_LENGTH) < entry) low = high
  while (low < high) {
    const middle = (low + high) >>> 1
    const at = middle * ENTRY_LENGTH
    if (seen.packed.slice(at, at + ENTRY_LENGTH) < entry) low = middle + 1
    else high = middle
  }
  const at = low * ENTRY_LENGTH
  if (seen.packed.startsWith(entry, at)) return seen
  return trim(seen.packed.slice(0, at) + entry + seen.packed.slice(at), seen.floorSeconds, cap)
}

export function mergeSeen(a: Seen, b: Seen, cap: number): Seen {
  const entries = [...new Set([...entriesOf(a.packed), ...entriesOf(b.packed)])].sort()
  return trim(entries.join(''), Math.max(a.floorSeconds, b.floorSeconds), cap)
}

/** How far the corrected times of one message may differ from one delivery to the next. */
const SAFETY_SECONDS = 60

/** Too old to be told from a repeat of something evicted. */
export function isLate(floorSeconds: number, timestampMs: number): boolean {
  return floorSeconds > 0 && timestampMs <= (floorSeconds + SAFETY_SECONDS) * 1000
}
