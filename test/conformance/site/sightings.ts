/** Where a message was seen: in the profile's recent events, and in the warehouse. */
import type { Warehouse } from './warehouse.ts'

/** How conditions call a message: a track by its event, the rest by "$" and their type. */
export interface ProfileEvent {
  readonly event: string
  readonly timestamp: string
}

/** Names of a profile's events, sorted. */
export const eventNames = (profile: { readonly events: readonly ProfileEvent[] }): string[] =>
  profile.events.map(({ event }) => event).sort()

/** The six calls as a profile names them, when the track was of `event`. */
export const sixCalls = (event: string): string[] =>
  ['$alias', '$group', '$identify', '$page', '$screen', event].sort()

/** Rows of these messages by type; throws when a message stands there twice or not at all. */
export async function rowsByType(
  warehouse: Warehouse,
  messageIds: readonly string[],
): Promise<Record<string, Record<string, unknown>>> {
  const list = messageIds.map((id) => `'${id.replaceAll("'", "''")}'`).join()
  const rows = await warehouse.query(`SELECT * FROM events WHERE message_id IN (${list})`)
  const found = rows.map((row) => row['message_id'] as string)
  if (found.length !== messageIds.length || new Set(found).size !== messageIds.length) {
    throw new Error(`asked for ${messageIds.join(', ')}; the warehouse has ${found.join(', ')}`)
  }
  return Object.fromEntries(rows.map((row) => [row['type'], row]))
}
