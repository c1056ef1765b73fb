/**
 * MurmurHash3 x86 32-bit (Austin Appleby, public domain) over UTF-8.
 * Splits and digests are made of it, so its answers must never change;
 * test/core/hash.test.ts holds the published vectors.
 */
const encoder = new TextEncoder()
const C1 = 0xcc9e2d51
const C2 = 0x1b873593

const mixBlock = (hash: number, block: number): number => {
  let k = Math.imul(block, C1)
  k = Math.imul((k << 15) | (k >>> 17), C2)
  const h = hash ^ k
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
}

const mixTail = (hash: number, tail: number): number => {
  const k = Math.imul(tail, C1)
  return hash ^ Math.imul((k << 15) | (k >>> 17), C2)
}

const finish = (hash: number, length: number): number => {
  let h = hash ^ length
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Unsigned 32-bit hash of a text. A lone surrogate counts as U+FFFD. */
export function murmur3(text: string, seed = 0): number {
  let hash = seed | 0
  const { length } = text
  let block = 0
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code > 127) return murmur3Bytes(encoder.encode(text), seed)
    block |= code << ((i & 3) << 3)
    if ((i & 3) === 3) {
      hash = mixBlock(hash, block)
      block = 0
    }
  }
  if ((length & 3) !== 0) hash = mixTail(hash, block)
  return finish(hash, length)
}

function murmur3Bytes(bytes: Uint8Array, seed: number): number {
  let hash = seed | 0
  let block = 0
  for (let i = 0; i < bytes.length; i++) {
    block |= (bytes[i] as number) << ((i & 3) << 3)
    if ((i & 3) === 3) {
      hash = mixBlock(hash, block)
      block = 0
    }
  }
  if ((bytes.length & 3) !== 0) hash = mixTail(hash, block)
  return finish(hash, bytes.length)
}

/** Base 64 whose digits stand in ASCII order, so that texts compare as their numbers do. */
const DIGITS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'

/** How many numbers one digit tells apart. */
export const SORTABLE = DIGITS.length
const CODES = Uint8Array.from(DIGITS, (digit) => digit.charCodeAt(0))
const VALUES = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(0, DIGITS.indexOf(String.fromCharCode(code))),
)

/** As many digits as are quick to work with, in 32 bits. */
const SHORT = 4
const ABOVE_SHORT = 64 ** SHORT

/** A whole number below 64^width and 2^53 as `width` sortable digits. */
export function sortableDigits(value: number, width: number): string {
  const above = Math.floor(value / ABOVE_SHORT)
  let rest = value - above * ABOVE_SHORT
  let text = ''
  for (let i = 0; i < width; i++) {
    if (i === SHORT) rest = above
    text = (DIGITS[rest & 63] as string) + text
    rest >>>= 6
  }
  return text
}

/** The same as bytes at a place of an array. */
export function putDigits(bytes: Uint8Array, at: number, value: number, width: number): void {
  const above = Math.floor(value / ABOVE_SHORT)
  let rest = value - above * ABOVE_SHORT
  for (let i = width - 1; i >= 0; i--) {
    if (i === width - 1 - SHORT) rest = above
    bytes[at + i] = CODES[rest & 63] as number
    rest >>>= 6
  }
}

/** The number that `sortableDigits` wrote. */
export const fromSortableDigits = (text: string): number => numberAt(text, 0, text.length)

/** The number that `sortableDigits` wrote at a place of a text, `width` digits wide. */
export function numberAt(text: string, at: number, width: number): number {
  const end = at + width
  const middle = Math.max(at, end - SHORT)
  let above = 0
  for (let i = at; i < middle; i++) above = (above << 6) | digitAt(text, i)
  let rest = 0
  for (let i = middle; i < end; i++) rest = (rest << 6) | digitAt(text, i)
  return above * ABOVE_SHORT + rest
}

/** The number of one digit of a text. */
export const digitAt = (text: string, at: number): number => VALUES[text.charCodeAt(at)] as number

export const DIGEST_LENGTH = 9

/** 54 bits of a messageId: enough that two among a person's events never share one by chance. */
export function digest(messageId: string): string {
  return (
    sortableDigits(murmur3(messageId, 0x7473756d) >>> 2, 5) +
    sortableDigits(murmur3(messageId, 0x67690000) >>> 8, 4)
  )
}

/**
 * Where a key falls in [0, 1) for a seed, uniformly and independently between
 * seeds. Version 1: murmur3 of "1:<seed>:<key>" divided by 2^32.
 */
export function fraction(seed: string, key: string): number {
  return murmur3(`1:${seed}:${key}`) / 4_294_967_296
}
