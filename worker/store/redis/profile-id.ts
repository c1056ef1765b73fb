/**
 * A new profile's id, made of its first identifier: whoever knows the
 * identifier knows where to look, and reads index and profile in one trip.
 * Keyed, because a browser is told its profileId and must not be able to try
 * addresses against it.
 */
import { createHmac } from 'node:crypto'
import { identifierKey, type Identifier } from '../../core/identity/identifier.ts'

export type ProfileIdOf = (identifier: Identifier) => string

/** As a UUID of version 8, which is free for such uses. */
export const profileIdOf = (key: string): ProfileIdOf => {
  // A visitor comes to one isolate again and again, and 20 µs each is much for a batch.
  const known = new Map<string, string>()
  return (identifier) => {
    const name = identifierKey(identifier)
    const id = known.get(name) ?? derived(key, name)
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(name, id)
    return id
  }
}

/** About 2 MB of an isolate's 128. */
const MOST_KNOWN = 10_000

function derived(key: string, name: string): string {
  const hex = createHmac('sha256', key).update(`tsugi profile id\n${name}`).digest('hex')
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
