/**
 * Who last let a device go. A message that was taken while the device was theirs
 * may come again when it is nobody's, or another's: whoever counted it is looked
 * up by this, and knows it for a repeat. It makes nobody anybody's.
 */
import type { Identifier } from './identifier.ts'
import type { IdentityRules } from './rules.ts'

/** A type that no message can name. */
const MARK = '$'

export interface FormerOwner {
  /** As `formerly` makes it. */
  readonly identifier: Identifier
  readonly profileId: string
}

/** What a look-up of its former owner goes by. */
export const formerly = ({ type, value }: Identifier): Identifier => ({
  type: `${MARK}${type}`,
  value,
})

export const isFormer = ({ type }: Identifier): boolean => type.startsWith(MARK)

/** Of identifiers that a message may come again under, those that may have had an owner before. */
export const whereLetGo = (
  identifiers: readonly Identifier[],
  { limitOf }: Pick<IdentityRules, 'limitOf'>,
): readonly Identifier[] => identifiers.filter(({ type }) => limitOf(type).makesRoom).map(formerly)
