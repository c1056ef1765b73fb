/** Takes messages in: who they are of, what they change, and one durable commit a chunk. */
import type { CollectAnswer } from '../contract/message.ts'
import type { Profile } from '../core/profile/profile.ts'
import { fail, ok, type Result } from '../core/result.ts'
import { admit, type AdmitPorts, type Arrival } from './admit.ts'
import { chunksOf } from './chunks.ts'
import {
  commitChunk,
  type ChunkPorts,
  type CollectError,
  type People,
  type Rider,
} from './commit-chunk.ts'
import type { OutboxGate } from './ports.ts'

export interface CollectPorts extends AdmitPorts, ChunkPorts {
  /** Without one nothing is ever refused for want of room. */
  readonly outboxGate?: OutboxGate
}

export interface Collected extends CollectAnswer {
  /** messageIds that are durable now: new ones and repeats alike. */
  readonly acked: readonly string[]
  /** Who was touched, as they stand after the commit. */
  readonly people: People
}

/** @param rider goes into the last commit, and makes one where no message does */
export async function collect(
  ports: CollectPorts,
  arrival: Arrival,
  rider?: Rider,
): Promise<Result<Collected, CollectError>> {
  if (ports.outboxGate?.isFull() === true) return fail('outbox_full')
  const { deliveries, rejected } = await admit(ports, arrival)
  const people = new Map<string, Profile>()
  const perMessage = arrival.bytes / Math.max(1, arrival.messages.length)
  // A message is written in the outbox and, slimmed, in the profile's document.
  const chunks = chunksOf(deliveries, () => perMessage + 4096)
  if (chunks.length === 0 && rider !== undefined) chunks.push([])
  for (const chunk of chunks) {
    const own = chunk === chunks.at(-1) ? rider : undefined
    const result = await commitChunk(ports, arrival, chunk, own)
    if (!result.ok) return result
    for (const [id, profile] of result.value) people.set(id, profile)
  }
  return ok({
    success: rejected.length === 0,
    accepted: deliveries.length,
    rejected,
    // As the sender knows them, not as exposures are renamed.
    acked: ackedIds(arrival.messages, rejected),
    people,
  })
}

function ackedIds(messages: readonly unknown[], rejected: CollectAnswer['rejected']): string[] {
  const bad = new Set(rejected.map(({ index }) => index))
  return messages.flatMap((message, i) => {
    if (bad.has(i)) return []
    const id = (message as { messageId?: unknown }).messageId
    return typeof id === 'string' ? [id] : []
  })
}
