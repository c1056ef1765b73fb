/**
 * A section of a profile as one text: entries in order of their ids, each a
 * blank, five characters of id, and whatever is packed behind it. Quicker to
 * parse, to write and to copy than an object of as many entries, and smaller.
 */
import { murmur3, sortableDigits } from '../hash.ts'

export const ID_LENGTH = 5

/** 30 bits of a name; publishing refuses names of one release that share one. */
export const packedId = (name: string): string => sortableDigits(murmur3(name) >>> 2, ID_LENGTH)

/** id → what is packed behind it. */
export function unpack(packed: string): Map<string, string> {
  const entries = new Map<string, string>()
  for (let at = 0; at < packed.length;) {
    const next = packed.indexOf(' ', at + 1)
    const end = next === -1 ? packed.length : next
    entries.set(packed.slice(at + 1, at + 1 + ID_LENGTH), packed.slice(at + 1 + ID_LENGTH, end))
    at = end
  }
  return entries
}

export function pack(entries: ReadonlyMap<string, string>): string {
  let packed = ''
  for (const id of [...entries.keys()].sort()) packed += ` ${id}${entries.get(id)}`
  return packed
}
