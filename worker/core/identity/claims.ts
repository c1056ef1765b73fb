/** Which identifiers a message may use, by how its sender proved itself. */
import type { JsonValue, Message } from '../../contract/message.ts'
import { normalizeIdentifier, type Identifier } from './identifier.ts'
import { isBlocked, type IdentityRules } from './rules.ts'

/** Who speaks: a page with the public key, or a server with the secret key. */
export type Sender =
  | {
      readonly kind: 'public'
      /** `open` trusts a bare userId from a page; see docs/architecture.md#who-may-join-whom */
      readonly identity: 'proven' | 'open'
      /** Identifiers that a verified host-signed token names. */
      readonly proven: readonly Identifier[]
    }
  | { readonly kind: 'secret' }

export interface MessageIdentifiers {
  /** Strongest first, by the workspace's priority. */
  readonly usable: readonly Identifier[]
  /** "type:value" of those nobody vouched for: kept, but they join nothing. */
  readonly claims: readonly string[]
  /** alias by secret key joins two known people; nothing else may. */
  readonly joinsKnown: boolean
  /** An alias's previousId, as a user and as a device: it names no type. */
  readonly either: readonly Identifier[] | null
}

const sameIdentifier = (a: Identifier, b: Identifier): boolean =>
  a.type === b.type && a.value === b.value

const TYPE = /^[a-z][a-z0-9_]{0,31}$/

const MAX_EXTERNAL_IDS = 8

/** Segment's `context.externalIds`: identifiers of any other type. */
function externalIds({ context }: Message): { readonly type: string; readonly id: unknown }[] {
  const listed = context?.['externalIds']
  if (!Array.isArray(listed)) return []
  return (listed as readonly JsonValue[]).slice(0, MAX_EXTERNAL_IDS).flatMap((entry) => {
    if (typeof entry !== 'object' || entry === null) return []
    const { type, id } = entry as { readonly type?: unknown; readonly id?: unknown }
    // Those two have fields of their own, and rules of their own about who may say them.
    const isOther = type !== 'user_id' && type !== 'anonymous_id'
    return typeof type === 'string' && TYPE.test(type) && isOther ? [{ type, id }] : []
  })
}

/**
 * Normalises and sorts the identifiers of a message. The error is the field
 * that holds something that can be nobody's identifier.
 */
export function identifiersOf(
  message: Message,
  sender: Sender,
  rules: IdentityRules,
  formerId?: string | null,
): { readonly invalid: string } | MessageIdentifiers {
  const found: Identifier[] = []
  let invalid: string | undefined
  const take = (type: string, raw: unknown, field: string, required: boolean): void => {
    if (raw == null || raw === '') return
    const identifier = normalizeIdentifier(type, raw, rules.phoneRegion)
    if (identifier === null || isBlocked(identifier, rules)) {
      if (required) invalid ??= field
      return
    }
    if (!found.some((other) => sameIdentifier(other, identifier))) found.push(identifier)
  }
  take('user_id', message.userId, 'userId', true)
  const isAlias = message.type === 'alias'
  const vouched = sender.kind === 'secret' || sender.identity === 'open'
  if (message.type === 'identify') {
    // A trait that reads like no address is only a trait.
    take('email', message.traits?.['email'], 'traits.email', false)
    take('phone', message.traits?.['phone'], 'traits.phone', false)
  }
  take('anonymous_id', message.anonymousId, 'anonymousId', true)
  take('anonymous_id', formerId, 'cookie', false)
  const before = found.length
  // An alias to oneself names nobody else.
  if (isAlias && message.previousId !== message.userId) {
    if (vouched) take('user_id', message.previousId, 'previousId', true)
    take('anonymous_id', message.previousId, 'previousId', true)
  }
  const previous = found.slice(before)
  const either = previous.length > 1 ? previous : null
  for (const { type, id } of externalIds(message)) take(type, id, 'context.externalIds', true)
  if (invalid !== undefined) return { invalid }
  found.sort((a, b) => rules.rankOf(a.type) - rules.rankOf(b.type))

  if (vouched) {
    const joinsKnown = isAlias && sender.kind === 'secret'
    return { usable: found, claims: [], joinsKnown, either }
  }
  const usable: Identifier[] = []
  const claims: string[] = []
  for (const identifier of found) {
    const proven =
      identifier.type === 'anonymous_id' ||
      sender.proven.some((proof) => sameIdentifier(proof, identifier))
    if (proven) usable.push(identifier)
    else claims.push(`${identifier.type}:${identifier.value}`)
  }
  return { usable, claims, joinsKnown: false, either: null }
}
