/** What an outbox holds beyond the files, as records. */
import type { EventRecord, OutboxBody } from '../core/record.ts'
import { StoreError } from '../flow/ports.ts'
import type { LoggedRecord, OutboxTail } from '../flow/replay-ports.ts'
import type { OutboxReader } from './ports.ts'

/** More than the drain leaves behind in a minute of much traffic, and little enough to hold. */
const MAX_ENTRIES = 2_000
const MAX_CHARACTERS = 8_388_608

export const outboxTail = (outbox: OutboxReader): OutboxTail => ({
  shard: outbox.shard,
  async after(seq) {
    const records: LoggedRecord[] = []
    let entries = 0
    let characters = 0
    const range = { fromSeq: seq + 1, toSeq: Number.MAX_SAFE_INTEGER, hourMs: 0, entries: 0 }
    try {
      for await (const page of outbox.read(range)) {
        for (const { seq: position, receivedMs, body } of page) {
          entries++
          characters += body.length
          if (entries > MAX_ENTRIES || characters > MAX_CHARACTERS) return null
          for (const record of recordsOf(body)) records.push({ seq: position, receivedMs, record })
        }
      }
    } catch (cause) {
      if (cause instanceof StoreError) throw cause
      throw new StoreError('the outbox did not answer as it should', { cause })
    }
    return records
  },
})

/** As the drain reads it: what is no JSON becomes one row that stands for it. */
function recordsOf(body: string): readonly (EventRecord | null)[] {
  try {
    const { records } = JSON.parse(body) as Partial<OutboxBody>
    return Array.isArray(records) ? records : [null]
  } catch {
    return [null]
  }
}
