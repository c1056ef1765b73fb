/** Deliveries and merges as they are written down. */
import { identifierKey, type Identifier } from '../identity/identifier.ts'
import type { Profile } from '../profile/profile.ts'
import type { EventRecord } from '../record.ts'
import type { Delivery } from './delivery.ts'

/** What a message changed about who owns what. */
export interface IdentityChange {
  readonly kept: readonly Identifier[]
  readonly released: readonly Identifier[]
}

export function recordOf(
  { message, identifiers, times, receivedAtMs, source }: Delivery,
  profileId: string | null,
  epoch: number,
  /** Or why it changes nobody. */
  outcome: IdentityChange | 'late' | 'preview',
): EventRecord {
  const change = typeof outcome === 'string' ? null : outcome
  const text = (value: string | null | undefined): string | undefined => value ?? undefined
  const record: { -readonly [K in keyof EventRecord]: EventRecord[K] | undefined } = {
    type: message.type,
    messageId: message.messageId,
    source,
    profileId,
    epoch,
    anonymousId: text(message.anonymousId),
    userId: text(message.userId),
    previousId: text(message.previousId),
    groupId: text(message.groupId),
    event: text(message.event),
    name: text(message.name),
    category: text(message.category),
    properties: message.properties ?? undefined,
    traits: message.traits ?? undefined,
    context: message.context ?? undefined,
    integrations: message.integrations ?? undefined,
    ...times,
    receivedAtMs,
    late: outcome === 'late' ? true : undefined,
    preview: outcome === 'preview' ? true : undefined,
    claims: listed(identifiers.claims),
    identifiers: listed(change?.kept.map(identifierKey)),
    released: listed(change?.released.map(identifierKey)),
  }
  return record as EventRecord
}

const listed = (values: readonly string[] = []): readonly string[] | undefined =>
  values.length > 0 ? values : undefined

/** Both documents as they were before, so that the merge can be understood and undone. */
export function mergeRecord(
  survivor: Profile,
  absorbed: Profile,
  { message, times, receivedAtMs, source }: Delivery,
  epoch: number,
): EventRecord {
  return {
    type: '$merge',
    messageId: `$merge:${absorbed.id}:${survivor.id}:${message.messageId}`,
    source,
    profileId: survivor.id,
    epoch,
    properties: {
      survivor: survivor.id,
      absorbed: absorbed.id,
      cause: message.messageId,
      documents: JSON.parse(JSON.stringify([survivor, absorbed])),
    },
    ...times,
    receivedAtMs,
  }
}
