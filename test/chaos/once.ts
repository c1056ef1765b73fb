/** Exactly once, and nothing begun that nobody ended: what must hold of every aftermath. */
import { expect } from 'vitest'
import type { Aftermath } from './stage.ts'

export interface Amiss {
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  /** Nobody sent them. */
  readonly others: readonly string[]
}

export function amissIn(sent: Iterable<string>, found: readonly string[]): Amiss {
  const expected = new Set(sent)
  const met = new Set<string>()
  const doubled = found.filter((id) => met.size === met.add(id).size)
  return {
    lost: [...expected].filter((id) => !met.has(id)),
    doubled,
    others: [...met].filter((id) => !expected.has(id)),
  }
}

/** @param blamed an id with what may have gone wrong with it */
export function expectOnce(
  sent: Iterable<string>,
  found: readonly string[],
  blamed = (id: string): string => id,
): void {
  const { lost, doubled, others } = amissIn(sent, found)
  expect({ lost: lost.map(blamed), doubled: doubled.map(blamed), others }).toEqual({
    lost: [],
    doubled: [],
    others: [],
  })
}

/** No record waits, no batch or compaction is half done, and the batches lead to just the files that are there. */
export async function expectSettled({ ledger, warehouse, worker }: Aftermath): Promise<void> {
  expect([ledger.outbox, ledger.unfinished]).toEqual([0, 0])
  const database = await worker.database()
  const { results } = await database
    .prepare("SELECT DISTINCT path FROM manifest WHERE path LIKE 'events/%' ORDER BY path")
    .all<{ path: string }>()
  expect(warehouse.files.toSorted()).toEqual(results.map(({ path }) => path))
}
