/** One bit a slot, six bits a character: a text that JSON takes as it is. */
const DIGITS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'
const BITS = 6

const VALUES = new Uint8Array(128)
for (let i = 0; i < DIGITS.length; i++) VALUES[DIGITS.charCodeAt(i)] = i

/** Bits of a text, with room for `slots` of them at least. */
export function unpackBits(text: string, slots: number): Uint8Array {
  const bits = new Uint8Array(Math.max(text.length, Math.ceil(slots / BITS)))
  for (let i = 0; i < text.length; i++) bits[i] = VALUES[text.charCodeAt(i) & 127] as number
  return bits
}

/** Without the empty end, so that a few low slots make a short text. */
export function packBits(bits: Uint8Array): string {
  let { length } = bits
  while (length > 0 && bits[length - 1] === 0) length--
  let text = ''
  for (let i = 0; i < length; i++) text += DIGITS[bits[i] as number]
  return text
}

export const hasBit = (bits: Uint8Array, slot: number): boolean =>
  (((bits[Math.floor(slot / BITS)] ?? 0) >>> (slot % BITS)) & 1) === 1

/** Changes `bits`. */
export function setBit(bits: Uint8Array, slot: number, on: boolean): void {
  const at = Math.floor(slot / BITS)
  const mask = 1 << (slot % BITS)
  const value = bits[at] ?? 0
  bits[at] = on ? value | mask : value & ~mask
}

/** In one or the other. */
export function uniteBits(a: string, b: string): string {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a]
  const bits = unpackBits(long, 0)
  for (let i = 0; i < short.length; i++) {
    bits[i] = (bits[i] as number) | (VALUES[short.charCodeAt(i) & 127] as number)
  }
  return packBits(bits)
}
