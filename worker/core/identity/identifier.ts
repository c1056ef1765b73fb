/** Identifiers in one spelling, so that equal people meet: docs/architecture.md#identifiers */
import { IDENTIFIER_BYTES } from '../profile/caps.ts'
import { fitsBytes } from '../profile/size.ts'
import { e164 } from './phone.ts'

/** Any lower-case name is a type; these have rules of their own. */
export interface Identifier {
  readonly type: string
  readonly value: string
}

export const identifierKey = (identifier: Identifier): string =>
  `${identifier.type}:${identifier.value}`

/** What `identifierKey` wrote: no type holds a colon. */
export function identifierFrom(key: string): Identifier {
  const at = key.indexOf(':')
  return { type: key.slice(0, at), value: key.slice(at + 1) }
}

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/

/**
 * NFKC and trimmed; e-mail lower-cased; phone as E.164, with `phoneRegion` for
 * numbers that name no country. null when it can be nobody's identifier.
 */
export function normalizeIdentifier(
  type: string,
  raw: unknown,
  phoneRegion: string,
): Identifier | null {
  // Those are ours: identity/former.ts.
  if (type.startsWith('$')) return null
  if (typeof raw !== 'string' && !Number.isSafeInteger(raw)) return null
  const text = String(raw).normalize('NFKC').trim()
  if (text.length === 0 || !text.isWellFormed() || !fitsBytes(text, IDENTIFIER_BYTES)) return null
  if (type === 'email') {
    const value = text.toLowerCase()
    return EMAIL.test(value) ? { type, value } : null
  }
  if (type === 'phone') {
    const value = e164(text, phoneRegion)
    return value === null ? null : { type, value }
  }
  return { type, value: text }
}
