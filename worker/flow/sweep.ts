/**
 * sweep: those whom time alone may have moved into a segment, or out of one,
 * a bounded piece a run. Several may run at once: a commit holds only while
 * nobody else has changed the person, and whoever was overtaken has been seen to.
 */
import type { ChunkPorts } from './commit-chunk.ts'
import type { DueBacklog, DueProfiles } from './ports.ts'
import { addCounts, NOBODY, revisit, type RevisitCount } from './revisit.ts'

export interface SweepPorts extends ChunkPorts {
  readonly due: DueProfiles
  readonly nowMs: () => number
}

export interface SweepLimits {
  readonly people: number
  readonly ms: number
}
const LIMITS: SweepLimits = { people: 2000, ms: 20_000 }
const PAGE = 60

export interface Swept extends RevisitCount {
  /** What is left for the next run. */
  readonly backlog: DueBacklog
}

/** null before the first publish. Throws StoreError. */
export async function sweep(
  ports: SweepPorts,
  limits: SweepLimits = LIMITS,
): Promise<Swept | null> {
  const release = await ports.releases.current()
  if (release === null) return null
  const untilMs = ports.nowMs() + limits.ms
  let count = NOBODY
  while (count.visited < limits.people && ports.nowMs() < untilMs) {
    const nowMs = ports.nowMs()
    const people = await ports.due.due(nowMs, Math.min(PAGE, limits.people - count.visited))
    if (people.length === 0) break
    count = addCounts(count, await revisit(ports, people, { release, nowMs, who: 'due' }))
  }
  return { ...count, backlog: await ports.due.dueBacklog(ports.nowMs()) }
}
