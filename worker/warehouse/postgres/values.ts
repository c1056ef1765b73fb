/**
 * Cells as PostgreSQL takes them in its binary format: what lies in the file
 * goes over as it is, without being made into text and back.
 */
import type { ColumnKind } from '../columns.ts'
import type { Cell } from '../sink-ports.ts'

export type SqlType = 'text' | 'jsonb' | 'timestamptz' | 'integer' | 'bigint' | 'boolean' | 'date'

export const SQL_TYPE: { readonly [kind in ColumnKind]: SqlType } = {
  text: 'text',
  json: 'jsonb',
  time: 'timestamptz',
  date: 'date',
  integer: 'integer',
  long: 'bigint',
  flag: 'boolean',
}

/** From pg_type: fixed for good. */
export const OID: { readonly [type in SqlType]: number } = {
  text: 25,
  jsonb: 3802,
  timestamptz: 1184,
  integer: 23,
  bigint: 20,
  boolean: 16,
  date: 1082,
}

/** 2000-01-01, from which PostgreSQL counts. */
const EPOCH_MS = 946_684_800_000n
const DAY_MS = 86_400_000n
/** 4713 BC, its earliest; the latest lies beyond JavaScript's. */
const EARLIEST_MS = -210_866_803_200_000n

export const timestampOf = (ms: bigint): bigint =>
  ((ms < EARLIEST_MS ? EARLIEST_MS : ms) - EPOCH_MS) * 1000n

export const dateOf = (ms: bigint): number => Number((ms - EPOCH_MS) / DAY_MS)

/** A text holds any character but this one. */
const NUL = 0
const decoder = new TextDecoder()
const encoder = new TextEncoder()

export function textOf(bytes: Uint8Array): Uint8Array {
  if (bytes.indexOf(NUL) === -1) return bytes
  return encoder.encode(decoder.decode(bytes).replaceAll('\0', '\ufffd'))
}

const ESCAPED_NUL = Buffer.from('\\u0000')
/** Whole escapes, so that an escaped backslash before "u0000" is not taken for one. */
const ESCAPE = /\\(?:u0000|.)/gs

export function jsonOf(bytes: Uint8Array): Uint8Array {
  if (isTooDeep(bytes)) return encoder.encode(JSON.stringify(decoder.decode(bytes)))
  if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(ESCAPED_NUL) === -1) {
    return bytes
  }
  return encoder.encode(
    decoder.decode(bytes).replace(ESCAPE, (escape) => (escape.length === 6 ? '\ufffd' : escape)),
  )
}

/** PostgreSQL's parser descends on its stack; what nests deeper than this goes over as one string. */
const MAX_DEPTH = 1000

function isTooDeep(json: Uint8Array): boolean {
  if (json.length < 2 * MAX_DEPTH) return false
  let depth = 0
  let inString = false
  for (let i = 0; i < json.length; i++) {
    const byte = json[i]
    if (inString) {
      if (byte === 0x5c) i++
      else if (byte === 0x22) inString = false
    } else if (byte === 0x22) inString = true
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > MAX_DEPTH) return true
    } else if (byte === 0x5d || byte === 0x7d) depth--
  }
  return false
}

export const bytesIn = (cell: Cell): Uint8Array => {
  if (cell instanceof Uint8Array) return cell
  throw new TypeError(`bytes expected, not a ${typeof cell}`)
}

export const wholeIn = (cell: Cell): bigint => {
  if (typeof cell === 'bigint') return cell
  if (typeof cell === 'number') return BigInt(cell)
  throw new TypeError(`a whole number expected, not a ${typeof cell}`)
}
