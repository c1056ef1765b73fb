/** Evaluates people whom nothing happened to but time, or a publish, and commits what that changed. */
import type { LoadedProfile } from '../core/ingest/delivery.ts'
import { revisit as revisited, type Revisited } from '../core/membership/visit.ts'
import type { Release } from '../core/release/release.ts'
import { commitSurely, releaseFor, type ChunkPorts } from './commit-chunk.ts'

export interface RevisitCount {
  /** Committed, or overtaken. */
  readonly visited: number
  readonly entered: number
  readonly exited: number
  /** Somebody else changed them meanwhile, and evaluated them in doing so. */
  readonly overtaken: number
}

export const NOBODY: RevisitCount = { visited: 0, entered: 0, exited: 0, overtaken: 0 }

export const addCounts = (a: RevisitCount, b: RevisitCount): RevisitCount => ({
  visited: a.visited + b.visited,
  entered: a.entered + b.entered,
  exited: a.exited + b.exited,
  overtaken: a.overtaken + b.overtaken,
})

export interface Visit {
  readonly release: Release
  readonly nowMs: number
  /**
   * `due` is for those who are; the rest are for anybody: `changed` writes only
   * those of whom something changed, `all` everybody.
   */
  readonly who: 'due' | 'changed' | 'all'
}

/** So many records of one commit fit a row of the outbox, whatever they hold. */
const MAX_RECORDS = 1000
const MAX_PEOPLE = 20

/** Throws StoreError. */
export async function revisit(
  ports: ChunkPorts,
  people: readonly LoadedProfile[],
  { release, nowMs, who }: Visit,
): Promise<RevisitCount> {
  const { rules } = await releaseFor(ports, release, people)
  const present = { rules: rules.membership, epoch: rules.epoch, nowMs }
  const visits = people.flatMap((person): Revisited[] => {
    if (person.mergedInto === null) {
      const visit = revisited(person, present, who !== 'due')
      return who === 'changed' && !visit.changed ? [] : [visit]
    }
    // A list that was damaged may name somebody who is gone.
    return who === 'due' ? [offTheList(person, person.mergedInto)] : []
  })
  let count = NOBODY
  for (const chunk of chunksOf(visits)) {
    count = addCounts(count, await commitAll(ports, chunk, nowMs))
  }
  return count
}

const offTheList = ({ profile, version }: LoadedProfile, mergedInto: string): Revisited => ({
  profile,
  expect: version,
  mergedInto,
  dueMs: null,
  records: [],
  changed: true,
})

function chunksOf(visits: readonly Revisited[]): Revisited[][] {
  const chunks: Revisited[][] = []
  let records = 0
  for (const visit of visits) {
    const last = chunks.at(-1)
    records += visit.records.length
    if (last === undefined || last.length >= MAX_PEOPLE || records > MAX_RECORDS) {
      chunks.push([visit])
      records = visit.records.length
    } else last.push(visit)
  }
  return chunks
}

/** One commit for all; where somebody was overtaken, one for each. */
async function commitAll(
  ports: ChunkPorts,
  visits: readonly Revisited[],
  nowMs: number,
): Promise<RevisitCount> {
  const { done } = await commitSurely(ports, {
    id: ports.ids.commitId(),
    receivedAtMs: nowMs,
    profiles: visits,
    identifiers: [],
    records: visits.flatMap(({ records }) => records),
  })
  if (!done) {
    if (visits.length === 1) return { ...NOBODY, visited: 1, overtaken: 1 }
    let count = NOBODY
    for (const visit of visits) count = addCounts(count, await commitAll(ports, [visit], nowMs))
    return count
  }
  const records = visits.flatMap((visit) => visit.records)
  const entered = records.filter(({ properties }) => properties?.['change'] === 'entered').length
  return { ...NOBODY, visited: visits.length, entered, exited: records.length - entered }
}
