/**
 * What splits draw a person by: the device where there is one, since a visitor
 * is drawn before anybody knows who they are.
 */
import { identifierKey, type Identifier } from './identifier.ts'

/** @param identifiers at least one */
export function splitKeyOf(identifiers: readonly Identifier[]): string {
  const device = identifiers.find(({ type }) => type === 'anonymous_id')
  return identifierKey(device ?? (identifiers[0] as Identifier))
}
