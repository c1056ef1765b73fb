/** resegment: everybody evaluated by the active release, a page at a time. */
import type { ResegmentAnswer } from '../contract/segments.ts'
import type { Release } from '../core/release/release.ts'
import type { ChunkPorts } from './commit-chunk.ts'
import type { ProfileScan } from './ports.ts'
import { revisit } from './revisit.ts'

export interface ResegmentPorts extends ChunkPorts {
  readonly profileScan: ProfileScan
}

export interface ResegmentStep {
  readonly release: Release
  readonly cursor: string | null
  readonly limit: number
  readonly repair: boolean
  readonly nowMs: number
}

/** Repeating a step is safe: who is in order already is not written again. Throws StoreError. */
export async function resegment(
  ports: ResegmentPorts,
  { release, cursor, limit, repair, nowMs }: ResegmentStep,
): Promise<ResegmentAnswer> {
  const { profiles, next } = await ports.profileScan.scan(cursor, limit)
  const who = repair ? 'all' : 'changed'
  const { visited, ...counts } = await revisit(ports, profiles, { release, nowMs, who })
  return {
    scanned: profiles.length,
    changed: visited - counts.overtaken,
    ...counts,
    next,
    epoch: release.epoch,
  }
}
