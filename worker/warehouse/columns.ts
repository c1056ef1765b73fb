/** The columns of the files, in their order. Prose: docs/warehouse.md */
import type { EventRecord } from '../core/record.ts'
import type { ProfileRow } from './snapshot-ports.ts'

/** `json` is text that parses as JSON; `time` is milliseconds since 1970 in UTC, `date` days; `integer` has 32 bits, `long` 64. */
export type ColumnKind = 'text' | 'json' | 'time' | 'date' | 'integer' | 'long' | 'flag'

export interface Column {
  readonly name: string
  readonly kind: ColumnKind
  /** Absent means that it may be null. */
  readonly required?: true
}

/** Every field of a record has its column: one that has none does not compile. */
export const RECORD_COLUMNS = {
  messageId: { name: 'message_id', kind: 'text', required: true },
  type: { name: 'type', kind: 'text', required: true },
  event: { name: 'event', kind: 'text' },
  anonymousId: { name: 'anonymous_id', kind: 'text' },
  userId: { name: 'user_id', kind: 'text' },
  groupId: { name: 'group_id', kind: 'text' },
  previousId: { name: 'previous_id', kind: 'text' },
  name: { name: 'name', kind: 'text' },
  category: { name: 'category', kind: 'text' },
  source: { name: 'source', kind: 'text' },
  profileId: { name: 'profile_id', kind: 'text' },
  epoch: { name: 'epoch', kind: 'integer' },
  timestampMs: { name: 'timestamp', kind: 'time', required: true },
  receivedAtMs: { name: 'received_at', kind: 'time', required: true },
  originalTimestampMs: { name: 'original_timestamp', kind: 'time' },
  sentAtMs: { name: 'sent_at', kind: 'time' },
  late: { name: 'late', kind: 'flag', required: true },
  preview: { name: 'preview', kind: 'flag', required: true },
  properties: { name: 'properties', kind: 'json' },
  traits: { name: 'traits', kind: 'json' },
  context: { name: 'context', kind: 'json' },
  integrations: { name: 'integrations', kind: 'json' },
  claims: { name: 'claims', kind: 'json' },
  identifiers: { name: 'identifiers', kind: 'json' },
  released: { name: 'released', kind: 'json' },
} as const satisfies { readonly [field in keyof Required<EventRecord>]: Column }

export type RecordField = keyof typeof RECORD_COLUMNS

/** Position of its commit in the outbox: identity is decided in this order. */
export const SEQ_COLUMN: Column = { name: 'outbox_seq', kind: 'long', required: true }

/** One row a person and day. */
export const PROFILE_COLUMNS = {
  dayMs: { name: 'day', kind: 'date', required: true },
  profileId: { name: 'profile_id', kind: 'text' },
  takenAtMs: { name: 'taken_at', kind: 'time', required: true },
  version: { name: 'version', kind: 'long' },
  epoch: { name: 'epoch', kind: 'integer' },
  firstSeenMs: { name: 'first_seen', kind: 'time' },
  lastSeenMs: { name: 'last_seen', kind: 'time' },
  identifiers: { name: 'identifiers', kind: 'json' },
  traits: { name: 'traits', kind: 'json' },
  aggregates: { name: 'aggregates', kind: 'json' },
  segments: { name: 'segments', kind: 'json' },
  lists: { name: 'lists', kind: 'json' },
  consents: { name: 'consents', kind: 'json' },
  experiments: { name: 'experiments', kind: 'json' },
} as const satisfies { readonly [field in keyof ProfileRow]: Column }
