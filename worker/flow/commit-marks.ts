/** Marks of static lists, in as many commits as they need. */
import { identifierKey, type Identifier } from '../core/identity/identifier.ts'
import type { Delivery } from '../core/ingest/delivery.ts'
import type { EventRecord } from '../core/record.ts'
import type { Release } from '../core/release/release.ts'
import { fail, ok, type Result } from '../core/result.ts'
import {
  commitRider,
  type ArrivedWith,
  type ChunkPorts,
  type CollectError,
  type People,
} from './commit-chunk.ts'

export interface Marking {
  readonly release: Release
  readonly receivedAtMs: number
  /** Whom it is about. */
  readonly identifiers: readonly Identifier[]
  /**
   * The marks of some of them, who stand as in `people`. Asked anew whenever
   * somebody else was first: what it says holds at the moment of the commit.
   */
  marksOf(some: readonly Identifier[], people: People): readonly Delivery[]
}

/** What one mark weighs in a commit: its record, and the mark in the document. */
const MARK_BYTES = 1024
const PEOPLE_A_COMMIT = 50

/** The marks that were written down, those that came too late to mark anybody too; repeats are not. */
export async function commitMarks(
  ports: ChunkPorts,
  marking: Marking,
): Promise<Result<readonly EventRecord[], CollectError>> {
  const { release, receivedAtMs } = marking
  const identifiers = [
    ...new Map(marking.identifiers.map((one) => [identifierKey(one), one])).values(),
  ]
  const arrival = { release, receivedAtMs, bytes: identifiers.length * MARK_BYTES }
  const written: EventRecord[] = []
  for (let i = 0; i < identifiers.length; i += PEOPLE_A_COMMIT) {
    const some = identifiers.slice(i, i + PEOPLE_A_COMMIT)
    const committed = await commitSome(ports, arrival, marking, some)
    if (!committed.ok) return committed
    written.push(...committed.value)
  }
  return ok(written)
}

async function commitSome(
  ports: ChunkPorts,
  arrival: ArrivedWith,
  marking: Marking,
  some: readonly Identifier[],
): Promise<Result<readonly EventRecord[], CollectError>> {
  let written: readonly EventRecord[] = []
  const committed = await commitRider(ports, arrival, {
    identifiers: some,
    deliveries: (people) => marking.marksOf(some, people),
    records(_added, { records }) {
      written = records.filter(({ type }) => type === '$list')
      return []
    },
  })
  if (committed.ok) return ok(written)
  if (committed.error !== 'too_large') return fail(committed.error)
  const middle = Math.ceil(some.length / 2)
  const first = await commitSome(ports, arrival, marking, some.slice(0, middle))
  if (!first.ok) return first
  const second = await commitSome(ports, arrival, marking, some.slice(middle))
  return second.ok ? ok([...first.value, ...second.value]) : second
}
