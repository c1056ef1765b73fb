/** Uploads of static lists: who a line means, and what is written down for them. */
import { digest } from '../hash.ts'
import { normalizeIdentifier, type Identifier } from '../identity/identifier.ts'
import { isBlocked, type IdentityRules } from '../identity/rules.ts'
import type { Delivery } from '../ingest/delivery.ts'
import { OWN_SOURCE } from '../membership/records.ts'
import { fail, ok, type Result } from '../result.ts'

/** One line as a file spells it: columns of a CSV row, fields of a JSON object. */
export type LineFields = Readonly<Record<string, unknown>>

const TYPE = /^[a-z][a-z0-9_]{0,31}$/
/** Columns that hold identifiers of their name; those of other types stand in `type` and `value`. */
const COLUMNS = ['user_id', 'email', 'phone', 'anonymous_id']

/**
 * Who a line means: `type` and `value`, or the strongest identifier that a
 * column of its name holds. One alone, so that no list joins two people.
 */
export function memberOf(fields: LineFields, rules: IdentityRules): Result<Identifier, string> {
  const own = (name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined)
  const type = own('type')
  const value = own('value')
  if (type !== undefined && value !== undefined) {
    return typeof type === 'string' && TYPE.test(type)
      ? identifierOf(type, value, rules)
      : fail('"type" is no type of identifiers, such as user_id or email')
  }
  const [column] = COLUMNS.filter((name) => own(name) != null && own(name) !== '').sort(
    (a, b) => rules.rankOf(a) - rules.rankOf(b),
  )
  return column === undefined
    ? fail(`nobody is named: neither ${COLUMNS.join(', ')} nor "type" and "value"`)
    : identifierOf(column, own(column), rules)
}

function identifierOf(
  type: string,
  raw: unknown,
  rules: IdentityRules,
): Result<Identifier, string> {
  const identifier = normalizeIdentifier(type, raw, rules.phoneRegion)
  if (identifier === null) return fail(`not a valid ${type}`)
  return isBlocked(identifier, rules) ? fail(`a ${type} that stands for nobody`) : ok(identifier)
}

export interface ListUpload {
  readonly id: string
  readonly list: string
  /** No mark of it is older: a replacement takes off who has only older ones. */
  readonly startedMs: number
}

/** What puts somebody on a list, or takes them off. Sent again with the same upload it counts once. */
export function markDelivery(
  { id, list, startedMs }: ListUpload,
  identifier: Identifier,
  isIn: boolean,
  receivedAtMs: number,
): Delivery {
  const who = digest(`${identifier.type}:${identifier.value}`)
  return {
    message: {
      type: '$list',
      messageId: `$list:${list}:${id}:${isIn ? 'in' : 'out'}:${who}`,
      properties: { list, in: isIn, upload: id },
    },
    identifiers: { usable: [identifier], claims: [], joinsKnown: false, either: null },
    times: {
      timestampMs: Math.max(receivedAtMs, startedMs),
      originalTimestampMs: null,
      sentAtMs: null,
    },
    receivedAtMs,
    source: OWN_SOURCE,
  }
}

/**
 * Takes off who was put on the list before a replacement began, as of that
 * moment: whatever was said since stands, whichever is folded or merged first.
 */
export function leaveDelivery(
  upload: ListUpload,
  identifier: Identifier,
  receivedAtMs: number,
): Delivery {
  const { message, ...rest } = markDelivery(upload, identifier, false, receivedAtMs)
  const properties = { ...message.properties, asOfMs: upload.startedMs }
  return { ...rest, message: { ...message, properties } }
}
