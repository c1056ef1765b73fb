/** How many people a condition fits before it is published: a page of everybody at a time. */
import type { Condition } from '../contract/condition.ts'
import type { PreviewAnswer } from '../contract/segments.ts'
import { factsOf } from '../core/condition/facts.ts'
import type { Profile } from '../core/profile/profile.ts'
import type { Release } from '../core/release/release.ts'
import { fail, ok, type Result } from '../core/result.ts'
import { instantMs } from '../core/time.ts'
import type { ConfigurationStore } from './configuration-ports.ts'
import type { ExplainError } from './explain-segments.ts'
import type { ProfileScan } from './ports.ts'
import { iso } from './profile-sections.ts'
import { compileUnpublished } from './unpublished.ts'

export interface PreviewPorts {
  readonly profileScan: ProfileScan
  readonly configuration: ConfigurationStore
}

export interface Preview {
  readonly when: Condition
  readonly cursor: string | null
  readonly limit: number
  readonly sample: number
  readonly at: string | null
  readonly receivedAtMs: number
}

/** Throws StoreError. */
export async function previewSegment(
  { profileScan, configuration }: PreviewPorts,
  release: Release,
  { when, cursor, limit, sample, at, receivedAtMs }: Preview,
): Promise<Result<PreviewAnswer, ExplainError>> {
  const nowMs = at === null ? receivedAtMs : instantMs(at)
  if (nowMs === null) {
    return fail({
      code: 'invalid_body',
      field: 'at',
      detail: 'expected a moment such as 2026-04-01T00:00:00+09:00',
    })
  }
  const tried = await compileUnpublished(configuration, release, when)
  if (!tried.ok) return fail({ code: 'invalid_condition', faults: tried.error })
  const { release: wider, segment, index } = tried.value
  const { profiles, next } = await profileScan.scan(cursor, limit)
  const people = profiles.filter(({ mergedInto }) => mergedInto === null)
  const matching = people.filter(({ profile }) =>
    factsOf(wider.segments, profile, {}, nowMs).segment(index),
  )
  return ok({
    scanned: people.length,
    matched: matching.length,
    sample: matching.slice(0, sample).map(({ profile }) => shown(profile)),
    next,
    asOf: iso(nowMs),
    epoch: release.epoch,
    requestScoped: segment.requestScoped,
  })
}

const shown = ({ id, lastSeenMs, identifiers }: Profile): PreviewAnswer['sample'][number] => ({
  profileId: id,
  lastSeen: lastSeenMs === 0 ? null : iso(lastSeenMs),
  identifiers: identifiers.slice(0, 5).map(({ type, value }) => ({ type, value })),
})
