/**
 * JSON values as column values. Total: whatever a record holds, something
 * that Parquet can hold comes out, and no other record is delayed by it.
 */

/** Date's own range: beyond it no reader agrees on what a time is. */
const LATEST_MS = 8_640_000_000_000_000
const LARGEST_INT32 = 2_147_483_647

/** Text as it is, anything else as its JSON. */
export const textOf = (value: unknown): string | null =>
  typeof value === 'string' ? value : jsonOf(value)

/**
 * JSON.stringify writes a lone surrogate as an escape that strict JSON readers
 * (DuckDB's among them) refuse: it becomes U+FFFD, as it does in plain text.
 */
export function jsonOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  const text = JSON.stringify(value)
  return text.includes('\\ud') ? text.replace(ESCAPE, replaceSurrogate) : text
}
/** Whole escapes, so that an escaped backslash before "ud800" is not taken for one. */
const ESCAPE = /\\(?:ud[89a-f][0-9a-f]{2}|.)/g
const replaceSurrogate = (escape: string): string => (escape.length === 6 ? '\ufffd' : escape)

export function timeOf(value: unknown): number | null {
  return typeof value === 'number' && Math.abs(value) <= LATEST_MS ? Math.trunc(value) : null
}

export function integerOf(value: unknown): number | null {
  return Number.isInteger(value) && Math.abs(value as number) <= LARGEST_INT32
    ? (value as number)
    : null
}

const BLOCK_BYTES = 262_144
const encoder = new TextEncoder()

export interface TextArena {
  /** Valid until the arena is cleared. */
  write(text: string): Uint8Array
  /** Its blocks are written over from then on, up to `keptBytes` of them; the rest is let go. */
  clear(keptBytes: number): void
}

/**
 * Texts as UTF-8, one behind the other in shared buffers: half the time of a
 * TextEncoder.encode for each, and the text itself need not be kept.
 */
export function textArena(): TextArena {
  const blocks: Uint8Array[] = []
  let current = 0
  let filled = 0
  return {
    write(text) {
      // A UTF-16 unit is at most three bytes.
      const atMost = text.length * 3
      if (atMost > BLOCK_BYTES) return encoder.encode(text)
      if (filled + atMost > BLOCK_BYTES) {
        current++
        filled = 0
      }
      const block = (blocks[current] ??= new Uint8Array(BLOCK_BYTES))
      const { written } = encoder.encodeInto(text, block.subarray(filled))
      filled += written
      return block.subarray(filled - written, filled)
    },
    clear(keptBytes) {
      blocks.length = Math.min(blocks.length, Math.floor(keptBytes / BLOCK_BYTES))
      current = 0
      filled = 0
    },
  }
}
