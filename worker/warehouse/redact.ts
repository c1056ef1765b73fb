/**
 * What a sink does not get to see: columns and keys that are left out, and
 * identifiers of which it gets an HMAC, the same one wherever they stand.
 */
import { createHmac } from 'node:crypto'
import type { JsonValue } from '../contract/message.ts'
import { normalizeIdentifier } from '../core/identity/identifier.ts'
import { PROFILE_COLUMNS, RECORD_COLUMNS } from './columns.ts'
import type { Cell, RowGroup, SinkBatch } from './sink-ports.ts'

export interface RedactRules {
  /** "column" or "column.key.key". */
  readonly leaveOut: readonly string[]
  /** Identifier types. */
  readonly hmac: readonly string[]
  readonly hmacKey: string
  /** As identifiers are normalised, so that one address has one HMAC however it was typed. */
  readonly phoneRegion: string
}

/** Columns that are an identifier, and its type: an earlier id is a user's in the main. */
const ID_COLUMNS: Readonly<Record<string, string>> = {
  anonymous_id: 'anonymous_id',
  user_id: 'user_id',
  previous_id: 'user_id',
  group_id: 'group_id',
}
/** Lists of "type:value". */
const ID_LISTS: readonly string[] = ['claims', 'identifiers', 'released']
/** What can be looked into. */
const JSON_COLUMNS: ReadonlySet<string> = new Set(
  [...Object.values(RECORD_COLUMNS), ...Object.values(PROFILE_COLUMNS)]
    .filter(({ kind }) => kind === 'json')
    .map(({ name }) => name),
)

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** The batch as a sink with such rules reads it. */
export function redacted(batch: SinkBatch, rules: RedactRules): SinkBatch {
  if (rules.leaveOut.length === 0 && rules.hmac.length === 0) return batch
  const editors = editorsOf(rules)
  return {
    ...batch,
    async *read() {
      for await (const group of batch.read()) yield redactGroup(group, editors)
    },
  }
}

/** null leaves the column out. */
type Editor = ((cell: Uint8Array, type: string) => Uint8Array | null) | null

function redactGroup({ rows, columns }: RowGroup, editors: ReadonlyMap<string, Editor>): RowGroup {
  const types = columns.get('type')
  const typeAt = (row: number): string => {
    const type = types?.[row]
    return type instanceof Uint8Array ? decoder.decode(type) : ''
  }
  const edited = new Map<string, ArrayLike<Cell>>()
  for (const [name, cells] of columns) {
    const editor = editors.get(name)
    if (editor === undefined) edited.set(name, cells)
    else if (editor !== null) {
      edited.set(
        name,
        Array.from({ length: rows }, (_, row): Cell => {
          const cell = cells[row]
          return cell instanceof Uint8Array ? editor(cell, typeAt(row)) : cell
        }),
      )
    }
  }
  return { rows, columns: edited }
}

function editorsOf(rules: RedactRules): ReadonlyMap<string, Editor> {
  const hmac = hmacOf(rules)
  const types = new Set(rules.hmac)
  const editors = new Map<string, Editor>()
  for (const name of JSON_COLUMNS) {
    const paths = rules.leaveOut
      .filter((path) => path.startsWith(`${name}.`))
      .map((path) => path.split('.').slice(1))
    editors.set(name, (cell, type) => {
      // The text of a whole commit: nobody can tell what is in it.
      if (type === '$unreadable') return null
      const value = parsed(cell)
      if (value === undefined) return null
      for (const path of paths) remove(value, path)
      const isOurs = type.startsWith('$')
      const kept = ID_LISTS.includes(name)
        ? listed(value, types, hmac)
        : named(value, types, hmac, isOurs)
      if (isOurs && name === 'properties') remove(kept, ['documents'])
      return encoder.encode(JSON.stringify(kept))
    })
  }
  for (const [name, type] of Object.entries(ID_COLUMNS)) {
    if (types.has(type)) {
      editors.set(name, (cell) => encoder.encode(hmac(type, decoder.decode(cell))))
    }
  }
  for (const path of rules.leaveOut) if (!path.includes('.')) editors.set(path, null)
  return editors
}

/** What cannot be looked into is not handed over. */
function parsed(json: Uint8Array): JsonValue | undefined {
  try {
    return JSON.parse(decoder.decode(json)) as JsonValue
  } catch {
    return undefined
  }
}

type Hmac = (type: string, value: string) => string

/** Most values come again and again. */
const REMEMBERED = 10_000

function hmacOf({ hmacKey, phoneRegion }: RedactRules): Hmac {
  const known = new Map<string, string>()
  return (type, value) => {
    const text = normalizeIdentifier(type, value, phoneRegion)?.value ?? value
    const key = `${type}:${text}`
    const standing = known.get(key)
    if (standing !== undefined) return standing
    if (known.size >= REMEMBERED) known.clear()
    // The type stands in it: an e-mail that is also a user id is not shown to be the same.
    const digest = createHmac('sha256', hmacKey).update(key).digest('hex')
    known.set(key, digest)
    return digest
  }
}

function remove(value: JsonValue, [key, ...rest]: readonly string[]): void {
  if (key === undefined || value === null || typeof value !== 'object') return
  if (Array.isArray(value)) {
    for (const item of value) remove(item, [key, ...rest])
    return
  }
  const object = value as Record<string, JsonValue>
  if (rest.length === 0) delete object[key]
  else if (Object.hasOwn(object, key)) remove(object[key] as JsonValue, rest)
}

/** Keys that are an identifier's name, at the top and in `traits` below it; in our own records anywhere. */
function named(
  value: JsonValue,
  types: ReadonlySet<string>,
  hmac: Hmac,
  isOurs: boolean,
): JsonValue {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) {
    return isOurs ? value.map((item) => named(item, types, hmac, isOurs)) : value
  }
  const { type } = value as { readonly type?: JsonValue }
  const valueOf = isOurs && typeof type === 'string' && types.has(type) ? type : null
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]): [string, JsonValue] => {
      const name = key === 'value' ? valueOf : types.has(key) ? key : null
      if (name !== null && isScalar(inner)) return [key, hmac(name, String(inner))]
      // What a logged decision drew lots by.
      if (isOurs && key === 'splitKey' && typeof inner === 'string') {
        return [key, hashed(inner, types, hmac)]
      }
      return [key, isOurs || key === 'traits' ? named(inner, types, hmac, isOurs) : inner]
    }),
  )
}

/** Nobody is told by a yes or a no: consent to "email" stays readable. */
const isScalar = (value: JsonValue): value is string | number =>
  typeof value === 'string' || typeof value === 'number'

/** "type:value", or { type, value, … } as a profile lists them. */
function listed(value: JsonValue, types: ReadonlySet<string>, hmac: Hmac): JsonValue {
  if (!Array.isArray(value)) return value
  return value.map((item): JsonValue => {
    if (typeof item !== 'string') return named(item, types, hmac, true)
    return hashed(item, types, hmac)
  })
}

/** @param key "type:value" */
function hashed(key: string, types: ReadonlySet<string>, hmac: Hmac): string {
  const colon = key.indexOf(':')
  const type = key.slice(0, colon)
  return types.has(type) ? `${type}:${hmac(type, key.slice(colon + 1))}` : key
}
