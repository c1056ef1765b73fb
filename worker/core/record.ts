/**
 * A record is an accepted message with everything fixed for good: its times,
 * its profile, its epoch. The outbox holds records; the warehouse is made of them.
 */
import type { JsonObject, MessageType } from '../contract/message.ts'

/** What Tsugi itself writes down beside the six message types. */
export type SystemRecordType =
  | '$merge'
  | '$unmerge'
  | '$segment'
  | '$reward'
  | '$outcome'
  | '$list'
  | '$decision'

export interface EventRecord {
  readonly type: MessageType | SystemRecordType
  readonly messageId: string
  /** Key of the source it came from. */
  readonly source: string
  readonly profileId: string | null
  readonly epoch: number
  readonly anonymousId?: string
  readonly userId?: string
  readonly previousId?: string
  readonly groupId?: string
  /** track: the event's name. */
  readonly event?: string
  /** page and screen: its name and category. */
  readonly name?: string
  readonly category?: string
  readonly properties?: JsonObject
  readonly traits?: JsonObject
  readonly context?: JsonObject
  readonly integrations?: JsonObject
  /** When it happened by our clock: receivedAt − (sentAt − originalTimestamp), never in the future. */
  readonly timestampMs: number
  /** When it arrived. */
  readonly receivedAtMs: number
  /** When it happened by the sender's clock. */
  readonly originalTimestampMs: number | null
  /** When it was sent by the sender's clock. */
  readonly sentAtMs: number | null
  /** Too old to be told from a repeat: kept here, left out of the profile. */
  readonly late?: true
  /** Of somebody who looked at a preview: kept here, left out of the profile and of reports. */
  readonly preview?: true
  /** Unproven identifiers, kept as claims: they joined nothing. */
  readonly claims?: readonly string[]
  /**
   * Identifiers of this message that are the person's from then on, strongest
   * first, as "type:value". With `released` it is how identity was decided:
   * limits, priorities and proofs need not be known to follow it.
   */
  readonly identifiers?: readonly string[]
  /** Identifiers that had to make room: nobody's from then on. */
  readonly released?: readonly string[]
}

/** One outbox row's body: all records of one commit. */
export interface OutboxBody {
  readonly v: 1
  readonly records: readonly EventRecord[]
}
