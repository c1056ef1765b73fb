/** A batch for many people, cut so that one person's messages stay together and no commit grows too large. */
import type { Delivery } from '../core/ingest/delivery.ts'
import { identifierKey } from '../core/identity/identifier.ts'

export interface ChunkLimits {
  readonly people: number
  readonly bytes: number
}
const LIMITS: ChunkLimits = { people: 50, bytes: 1_000_000 }

/** Positions of messages that share an identifier, directly or through others (union-find). */
function groupByPerson(deliveries: readonly Delivery[]): Delivery[][] {
  const parent = deliveries.map((_, i) => i)
  const root = (i: number): number => {
    let at = i
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] as number] as number
      at = parent[at] as number
    }
    return at
  }
  const firstWith = new Map<string, number>()
  for (const [i, { identifiers }] of deliveries.entries()) {
    for (const identifier of identifiers.usable) {
      const key = identifierKey(identifier)
      const other = firstWith.get(key)
      if (other === undefined) firstWith.set(key, i)
      // The earlier message stays the root, so that people keep the order they came in.
      else {
        const [a, b] = [root(other), root(i)]
        parent[Math.max(a, b)] = Math.min(a, b)
      }
    }
  }
  const groups = new Map<number, Delivery[]>()
  for (const [i, delivery] of deliveries.entries()) {
    const key = root(i)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [delivery])
    else group.push(delivery)
  }
  return [...groups.values()]
}

/** @param bytesOf what a message weighs in the commit */
export function chunksOf(
  deliveries: readonly Delivery[],
  bytesOf: (delivery: Delivery) => number,
  limits: ChunkLimits = LIMITS,
): Delivery[][] {
  const chunks: Delivery[][] = []
  let people = 0
  let bytes = 0
  for (const group of groupByPerson(deliveries)) {
    const weight = group.reduce((sum, delivery) => sum + bytesOf(delivery), 0)
    const last = chunks.at(-1)
    if (last === undefined || people >= limits.people || bytes + weight > limits.bytes) {
      chunks.push(group)
      people = 1
      bytes = weight
    } else {
      last.push(...group)
      people++
      bytes += weight
    }
  }
  return chunks
}
