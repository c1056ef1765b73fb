/** A column as one parameter: an array in PostgreSQL's binary format (array_recv). */
import type { Cell } from '../sink-ports.ts'
import {
  bytesIn,
  dateOf,
  jsonOf,
  OID,
  textOf,
  timestampOf,
  wholeIn,
  type SqlType,
} from './values.ts'

/** Of a cell without its bytes: length, and whatever its type adds. */
const CELL_BYTES = 13
const HEADER_BYTES = 20

/** From `from` to before `to`. */
export function arrayParameter(
  type: SqlType,
  cells: ArrayLike<Cell> | undefined,
  from: number,
  to: number,
): Buffer {
  const values: (Uint8Array | null)[] = []
  let room = HEADER_BYTES + (to - from) * CELL_BYTES
  const isBytes = type === 'text' || type === 'jsonb'
  if (isBytes) {
    const read = type === 'text' ? textOf : jsonOf
    for (let i = from; i < to; i++) {
      const cell = cells?.[i] ?? null
      const value = cell === null ? null : read(bytesIn(cell))
      room += value?.length ?? 0
      values.push(value)
    }
  }
  const buffer = Buffer.allocUnsafe(room)
  let at = 0
  for (const head of [1, 1, OID[type], to - from, 1]) at = buffer.writeInt32BE(head, at)
  for (let i = from; i < to; i++) {
    const cell = cells?.[i] ?? null
    if (cell === null) {
      at = buffer.writeInt32BE(-1, at)
      continue
    }
    switch (type) {
      case 'text':
      case 'jsonb': {
        const value = values[i - from] as Uint8Array
        const version = type === 'jsonb' ? 1 : 0
        at = buffer.writeInt32BE(value.length + version, at)
        if (version > 0) at = buffer.writeUInt8(version, at)
        buffer.set(value, at)
        at += value.length
        break
      }
      case 'timestamptz':
        at = buffer.writeInt32BE(8, at)
        at = buffer.writeBigInt64BE(timestampOf(wholeIn(cell)), at)
        break
      case 'date':
        at = buffer.writeInt32BE(4, at)
        at = buffer.writeInt32BE(dateOf(wholeIn(cell)), at)
        break
      case 'integer':
        at = buffer.writeInt32BE(4, at)
        at = buffer.writeInt32BE(Number(cell), at)
        break
      case 'bigint':
        at = buffer.writeInt32BE(8, at)
        at = buffer.writeBigInt64BE(wholeIn(cell), at)
        break
      case 'boolean':
        at = buffer.writeInt32BE(1, at)
        at = buffer.writeUInt8(cell === true ? 1 : 0, at)
        break
    }
  }
  return buffer.subarray(0, at)
}
