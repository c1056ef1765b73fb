/** Who is asked about, and when, as test/core/plain-conditions.ts takes it. */
import type { Condition } from '../../worker/contract/condition.ts'
import type { JsonObject, JsonValue } from '../../worker/contract/message.ts'

export type Value = JsonValue | undefined
export type Part = Readonly<Record<string, unknown>>

export interface PlainEvent {
  readonly ms: number
  readonly name: string
  readonly properties: JsonObject
}
export interface PlainPerson {
  readonly traits: JsonObject
  /** Everything they ever did, in any order. */
  readonly events: readonly PlainEvent[]
  readonly identifiers: Readonly<Record<string, readonly string[]>>
  readonly consents: Readonly<Record<string, boolean>>
  readonly lists: Readonly<Record<string, boolean>>
}
export interface Question {
  readonly person: PlainPerson
  readonly context: JsonObject
  readonly nowMs: number
  readonly timeZone: string
  readonly weekStart: 'monday' | 'sunday' | 'saturday'
  readonly segments: Readonly<Record<string, Condition>>
}
