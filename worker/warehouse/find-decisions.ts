/** Log lines of decisions: in the outbox while they are young, then in the files of their hour. */
import { HOUR_MS } from '../core/calendar/units.ts'
import type { EventRecord, OutboxBody } from '../core/record.ts'
import { StoreError } from '../flow/ports.ts'
import type { DecisionLines, FiledLog } from '../flow/replay-ports.ts'
import type { OutboxReader } from './ports.ts'

/** Lines wait a little before they are written, and longer where the store is slow. */
const LATEST_MS = 120_000

export interface DecisionRooms {
  readonly outboxes: readonly Pick<OutboxReader, 'read'>[]
  readonly filed: Pick<FiledLog, 'pathsWithin'>
  readonly findIn: (
    path: string,
    messageIds: ReadonlySet<string>,
    atMs: number,
  ) => Promise<readonly EventRecord[]>
}

export const decisionLines = ({ outboxes, filed, findIn }: DecisionRooms): DecisionLines => ({
  async find(messageIds, atMs, isMeant) {
    const wanted = new Set(messageIds)
    // The outbox first: what leaves it meanwhile is in a file before it goes.
    for (const outbox of outboxes) {
      const found = await findWaiting(outbox, wanted, atMs, isMeant)
      if (found !== null) return found
    }
    const hourOf = (ms: number): number => ms - (ms % HOUR_MS)
    for (const path of await filed.pathsWithin(hourOf(atMs), hourOf(atMs + LATEST_MS))) {
      const found = (await findIn(path, wanted, atMs)).find(isMeant)
      if (found !== undefined) return found
    }
    return null
  },
})

async function findWaiting(
  outbox: DecisionRooms['outboxes'][number],
  wanted: ReadonlySet<string>,
  atMs: number,
  isMeant: (record: EventRecord) => boolean,
): Promise<EventRecord | null> {
  const range = { fromSeq: 0, toSeq: Number.MAX_SAFE_INTEGER, hourMs: 0, entries: 0 }
  try {
    for await (const page of outbox.read(range)) {
      for (const { receivedMs, body } of page) {
        // Nothing is written before it happened; and most entries need no parser.
        if (receivedMs < atMs || ![...wanted].some((id) => body.includes(id))) continue
        const { records } = JSON.parse(body) as OutboxBody
        const found = records.find((one) => wanted.has(one.messageId) && isMeant(one))
        if (found !== undefined) return found
      }
    }
  } catch (cause) {
    if (cause instanceof StoreError) throw cause
    throw new StoreError('the outbox did not answer as it should', { cause })
  }
  return null
}
