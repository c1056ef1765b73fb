/** What goes into a commit and what comes out of it. */
import type { Message, MessageType } from '../../contract/message.ts'
import type { MessageIdentifiers } from '../identity/claims.ts'
import type { FormerOwner } from '../identity/former.ts'
import type { Identifier } from '../identity/identifier.ts'
import type { IdentityRules } from '../identity/rules.ts'
import type { MembershipRules } from '../membership/membership.ts'
import type { FoldRules } from '../profile/fold.ts'
import type { Profile } from '../profile/profile.ts'
import type { EventRecord } from '../record.ts'
import type { MessageTimes } from '../time.ts'

/** A checked message, ready to become a record. */
export interface Delivery {
  readonly message: Omit<Message, 'type'> & {
    /** `$list` is said by an upload, the others by a sender. */
    readonly type: MessageType | '$list'
    readonly messageId: string
  }
  readonly identifiers: MessageIdentifiers
  readonly times: MessageTimes
  readonly receivedAtMs: number
  readonly source: string
  /** It is logged, and changes nobody. */
  readonly preview?: true
}

/** What a release asks of folding and of telling people apart. */
export interface IngestRules extends FoldRules {
  readonly identity: IdentityRules
  readonly membership: MembershipRules
}

export interface LoadedProfile {
  readonly profile: Profile
  readonly version: number
  readonly mergedInto: string | null
}

export interface Ingested {
  readonly profiles: readonly {
    readonly profile: Profile
    readonly expect: number
    readonly mergedInto?: string
    /** Where it moves: the moment at which time alone could change a membership; null for never. */
    readonly dueMs?: number | null
  }[]
  readonly identifiers: readonly {
    readonly identifier: Identifier
    readonly was: string | null
    readonly now: string | null
  }[]
  /** Who let what go: written down whoever it was before. */
  readonly former?: readonly FormerOwner[]
  readonly records: readonly EventRecord[]
  /** Every person as they stand after it, by profileId: merged ones are gone. */
  readonly people: ReadonlyMap<string, Profile>
}

/**
 * An id for somebody new, from the first identifier and how many ids were
 * taken already; asked again until it is nobody's among the loaded.
 */
export type NewId = (first: Identifier, attempt: number) => string
