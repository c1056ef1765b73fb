/** Why somebody is in a segment or out of it, down to the leaf, and until when. */
import type { ExplainAnswer, ExplainBody, SegmentExplanation } from '../contract/segments.ts'
import { MAX_EXPLAINED } from '../contract/segments.ts'
import type { Fault } from '../contract/problem.ts'
import { factsOf, type Facts } from '../core/condition/facts.ts'
import { recordedIn } from '../core/membership/recorded.ts'
import type { Profile } from '../core/profile/profile.ts'
import type { Release } from '../core/release/release.ts'
import { fail, ok, type Result } from '../core/result.ts'
import { instantMs } from '../core/time.ts'
import type { ConfigurationStore } from './configuration-ports.ts'
import type { ProfilesById, ProfileStore } from './ports.ts'
import { isoOrNull } from './profile-sections.ts'
import { findProfile } from './read-profile.ts'
import { compileUnpublished } from './unpublished.ts'

export interface ExplainPorts {
  readonly store: ProfileStore
  readonly byId: ProfilesById
  readonly configuration: ConfigurationStore
}

export interface ExplainError {
  readonly code: 'not_found' | 'invalid_body' | 'invalid_condition'
  readonly detail?: string
  readonly field?: string
  readonly faults?: readonly Fault[]
}

/** Throws StoreError. */
export async function explainSegments(
  ports: ExplainPorts,
  release: Release,
  body: ExplainBody,
  receivedAtMs: number,
): Promise<Result<ExplainAnswer, ExplainError>> {
  const nowMs = body.at == null ? receivedAtMs : instantMs(body.at)
  if (nowMs === null) {
    return fail({
      code: 'invalid_body',
      field: 'at',
      detail: 'expected a moment such as 2026-04-01T00:00:00+09:00',
    })
  }
  const indices = indicesOf(release, body)
  if (!indices.ok) return indices
  const profile = await personOf(ports, release, body, nowMs)
  if (profile === null) return fail({ code: 'not_found', detail: nobody(body) })
  const context = body.context ?? {}
  const facts = factsOf(release.segments, profile, context, nowMs)
  const answer = {
    profileId: profile.id,
    epoch: release.epoch,
    asOf: new Date(nowMs).toISOString(),
    segments: indices.value.map((index) => explained(release, profile, facts, index)),
  }
  if (body.when == null) return ok(answer)
  const tried = await compileUnpublished(ports.configuration, release, body.when)
  if (!tried.ok) return fail({ code: 'invalid_condition', faults: tried.error })
  const { release: wider, segment, index } = tried.value
  const asked = factsOf(wider.segments, profile, context, nowMs)
  return ok({
    ...answer,
    when: {
      member: asked.segment(index),
      requestScoped: segment.requestScoped,
      nextChange: isoOrNull(asked.segmentNextChangeMs(index)),
      trace: segment.condition.trace(asked),
    },
  })
}

const nobody = ({ profile, profileId }: ExplainBody): string =>
  profile == null
    ? `no profile has the id ${profileId}`
    : `nobody has ${profile.type}:${profile.value}`

function indicesOf(
  { segments }: Release,
  { segments: keys, when }: ExplainBody,
): Result<readonly number[], ExplainError> {
  if (keys == null) {
    // Whoever tries a condition asks about that one.
    if (when != null) return ok([])
    return segments.length <= MAX_EXPLAINED
      ? ok(segments.map((_, index) => index))
      : fail({
          code: 'invalid_body',
          field: 'segments',
          detail: `name those to be explained: of ${segments.length} at most ${MAX_EXPLAINED}`,
        })
  }
  const known = new Map(segments.map(({ key }, index) => [key, index]))
  const indices = [...new Set(keys)].map((key) => known.get(key))
  const missing = indices.indexOf(undefined)
  return missing === -1
    ? ok(indices as number[])
    : fail({
        code: 'invalid_body',
        field: `segments.${missing}`,
        detail: `no published segment has the key "${[...new Set(keys)][missing]}"; ${thereAre(segments)}`,
      })
}

/** As many as a line of a terminal may hold. */
const NAMED = 20

function thereAre(segments: Release['segments']): string {
  if (segments.length === 0) return 'there is none'
  const named = segments.slice(0, NAMED).map(({ key }) => key)
  const more = segments.length - named.length
  return `there are ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

async function personOf(
  { store, byId }: ExplainPorts,
  release: Release,
  { profile, profileId }: ExplainBody,
  nowMs: number,
): Promise<Profile | null> {
  if (profile != null) return (await findProfile(store, release, profile, nowMs))?.profile ?? null
  // A tombstone leads to who they turned out to be, and so may that one.
  for (let id = profileId ?? null; id !== null;) {
    const [found] = await byId.byIds([id])
    if (found === undefined) return null
    if (found.mergedInto === null) return found.profile
    id = found.mergedInto
  }
  return null
}

function explained(
  { segments, rules }: Release,
  profile: Profile,
  facts: Facts,
  index: number,
): SegmentExplanation {
  const { key, version, requestScoped, condition } = segments[index] as Release['segments'][number]
  const slot = rules.membership.tracked.find((one) => one.index === index)
  return {
    key,
    version,
    member: facts.segment(index),
    recorded: slot === undefined ? null : recordedIn(profile.membership, slot),
    requestScoped,
    nextChange: isoOrNull(facts.segmentNextChangeMs(index)),
    trace: condition.trace(facts),
  }
}
