/**
 * Whole numbers as few characters: five bits each, least significant first,
 * and a sixth that says whether more follow. The digits need no escape in JSON.
 */
const DIGITS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'
const BITS = 5
const MORE = 1 << BITS

/** @param value a whole number below 2^30 */
export function varint(value: number): string {
  let rest = value
  let text = ''
  while (rest >= MORE) {
    text += DIGITS[(rest % MORE) + MORE]
    rest = Math.floor(rest / MORE)
  }
  return text + DIGITS[rest]
}

const VALUES = new Uint8Array(128)
for (let i = 0; i < DIGITS.length; i++) VALUES[DIGITS.charCodeAt(i)] = i

/** Reads one number after another. */
export class VarintReader {
  readonly #text: string
  #at: number
  readonly #end: number

  constructor(text: string, from = 0, end = text.length) {
    this.#text = text
    this.#at = from
    this.#end = end
  }

  /** -1 at the end. */
  next(): number {
    if (this.#at >= this.#end) return -1
    let value = 0
    for (let shift = 0; ; shift += BITS) {
      const digit = VALUES[this.#text.charCodeAt(this.#at++)] as number
      value |= (digit & (MORE - 1)) << shift
      if (digit < MORE) return value
    }
  }
}

/** The most characters that `count` numbers can take whose sum is at most `sum`. */
export function longestVarints(count: number, sum: number): number {
  let characters = count
  let left = sum
  // A character more costs a number at least the difference of two powers of 32.
  for (let least = MORE, paid = 0; count > 0; paid = least, least *= MORE) {
    const longer = Math.min(count, Math.floor(left / (least - paid)))
    if (longer === 0) return characters
    characters += longer
    left -= longer * (least - paid)
  }
  return characters
}
