/**
 * Folding records into a profile. Whatever the order of the records, and
 * however they are split over profiles that merge later, the content is equal:
 * traits and consents are maxima, recent and seen are the newest of a union,
 * exposures are sums above a floor that the greatest timestamp sets.
 */
import { digest as digestOf } from '../hash.ts'
import type { EventRecord } from '../record.ts'
import { joinMarks } from './apart.ts'
import type { Caps } from './caps.ts'
import {
  foldAggregates,
  mergeAggregates,
  settleAggregates,
  type AggregateNeeds,
} from './aggregates.ts'
import { foldConsents, mergeConsents } from './consents.ts'
import { freshOf, learn, type Learned } from '../learning/learn.ts'
import type { LearningRules } from '../learning/rules.ts'
import { armsOf, foldArms, mergeArms, type ArmExposure, type Recorded } from './arms.ts'
import { conversionsOf, exposureKind, exposuresOf, type Counting } from './counting.ts'
import { foldExposures, mergeExposures, type Exposure } from './exposures.ts'
import { foldLists, keepLists, mergeLists } from './lists.ts'
import { keepNewest, mergeNewest, putNewest } from './newest.ts'
import type { Profile, RecentEvent, Trait, WriteKey } from './profile.ts'
import {
  eventName,
  keepRecent,
  mergeRecent,
  putRecent,
  recentEvent,
  type PropertyReads,
} from './recent.ts'
import { foldReserved, mergeReserved } from './reserved.ts'
import { addSeen, mergeSeen } from './seen.ts'
import { fitsBytes } from './size.ts'

/** What a release asks profiles to remember. */
export interface FoldRules {
  readonly caps: Caps
  readonly reads: PropertyReads
  readonly counting: Counting
  readonly arms: Recorded
  readonly aggregates: AggregateNeeds
  readonly learning: LearningRules
  readonly epoch: number
}

type Draft = { -readonly [K in keyof Profile]: Profile[K] }

/**
 * Folds records that were not folded before (see seen.ts) and are not late.
 * @param told hears what there is to learn from it
 */
export function fold(
  profile: Profile,
  records: readonly EventRecord[],
  rules: FoldRules,
  told?: (learned: Learned) => void,
): Profile {
  if (records.length === 0) return profile
  const { caps } = rules
  const traits: Record<string, Trait> = { ...profile.traits }
  const exposures: Exposure[] = []
  const arms: ArmExposure[] = []
  const served: EventRecord[] = []
  const recent = [...profile.recent]
  const draft: Draft = { ...profile, epoch: Math.max(profile.epoch, rules.epoch) }
  let seen = { packed: profile.seen, floorSeconds: profile.seenFloorSeconds }
  let oversizeTraits = 0
  let oversizeEvents = 0
  const entries: RecentEvent[] = []
  const written: { record: EventRecord; name: string; digest: string; at: WriteKey }[] = []

  for (const record of records) {
    const { timestampMs } = record
    const digest = digestOf(record.messageId)
    const at: WriteKey = [timestampMs, digest]
    written.push({ record, name: eventName(record), digest, at })
    seen = addSeen(seen, digest, timestampMs, caps.seen)
    // What is only said about somebody does not show that they were there.
    if (record.type === '$list') continue
    draft.firstSeenMs = Math.min(draft.firstSeenMs, timestampMs)
    draft.lastSeenMs = Math.max(draft.lastSeenMs, timestampMs)
    draft.greatestMs = Math.max(draft.greatestMs, timestampMs)

    if (record.type === 'identify' && record.traits !== undefined) {
      for (const [name, value] of Object.entries(record.traits)) {
        if (fitsBytes([name, value], caps.traitBytes)) {
          putNewest(traits, name, { value, at, source: record.source })
        } else oversizeTraits++
      }
    }
    exposures.push(...conversionsOf(record, rules.counting))
    const kind = exposureKind(record)
    if (kind === undefined) {
      const { entry, oversize } = recentEvent(record, digest, rules.reads, caps.recentBytes)
      if (entry !== null) {
        putRecent(recent, entry)
        entries.push(entry)
      }
      if (oversize) oversizeEvents++
    } else {
      exposures.push(...exposuresOf(record, kind, rules.counting))
      if (kind === 'impression') arms.push(...armsOf(record, rules.arms))
      if (kind === 'served') served.push(record)
    }
  }

  const fresh = freshOf(written, rules.learning)
  const learning =
    fresh === null ? profile.learning : learn([profile.learning], fresh, rules.learning, told)
  const newest = keepRecent(recent, caps.recent, profile.recentFloorMs ?? 0)
  return settle(
    {
      ...withLearning(draft, learning),
      traits,
      consents: foldConsents(profile.consents, written, caps.consents),
      lists: foldLists(profile, records),
      exposures: foldExposures(
        profile.exposures,
        exposures,
        rules.counting.needs,
        draft.greatestMs,
      ),
      arms: foldArms(profile.arms, arms, rules.arms),
      reserved: foldReserved(profile.reserved, served, caps.reserved),
      aggregates: foldAggregates(
        profile,
        { records: written, entries, recent, recentFloorMs: newest.floorMs },
        rules.aggregates,
      ),
      recent: newest.kept,
      recentFloorMs: newest.floorMs,
      seen: seen.packed,
      seenFloorSeconds: seen.floorSeconds,
    },
    rules,
    { oversizeTraits, oversizeEvents },
  )
}

/**
 * The profile of both people's records. `survivor` gives the id; the split
 * key is that of whoever was seen first, so that it does not depend on who survives.
 */
export function mergeProfiles(
  survivor: Profile,
  absorbed: Profile,
  rules: FoldRules,
  told?: (learned: Learned) => void,
): Profile {
  const seen = mergeSeen(
    { packed: survivor.seen, floorSeconds: survivor.seenFloorSeconds },
    { packed: absorbed.seen, floorSeconds: absorbed.seenFloorSeconds },
    rules.caps.seen,
  )
  const newest = keepRecent(
    mergeRecent(survivor.recent, absorbed.recent),
    rules.caps.recent,
    Math.max(survivor.recentFloorMs ?? 0, absorbed.recentFloorMs ?? 0),
  )
  const apart = joinMarks(survivor.apart, absorbed.apart)
  const earlier =
    survivor.firstSeenMs - absorbed.firstSeenMs || (survivor.splitKey < absorbed.splitKey ? -1 : 1)
  const learning =
    survivor.learning === undefined && absorbed.learning === undefined
      ? undefined
      : learn([survivor.learning, absorbed.learning], null, rules.learning, told)
  const greatestMs = Math.max(survivor.greatestMs, absorbed.greatestMs)
  return settle(
    {
      schema: 3,
      id: survivor.id,
      splitKey: earlier < 0 ? survivor.splitKey : absorbed.splitKey,
      firstSeenMs: Math.min(survivor.firstSeenMs, absorbed.firstSeenMs),
      lastSeenMs: Math.max(survivor.lastSeenMs, absorbed.lastSeenMs),
      identifiers: survivor.identifiers,
      traits: mergeNewest(survivor.traits, absorbed.traits),
      recent: newest.kept,
      recentFloorMs: newest.floorMs,
      seen: seen.packed,
      seenFloorSeconds: seen.floorSeconds,
      consents: mergeConsents(survivor.consents, absorbed.consents, rules.caps.consents),
      lists: mergeLists(survivor, absorbed),
      exposures: mergeExposures(
        survivor.exposures,
        absorbed.exposures,
        rules.counting.needs,
        greatestMs,
      ),
      arms: mergeArms(survivor.arms, absorbed.arms, rules.arms),
      reserved: mergeReserved(survivor.reserved, absorbed.reserved, rules.caps.reserved),
      aggregates: mergeAggregates(survivor, absorbed, newest.floorMs, rules.aggregates),
      ...(learning === undefined ? {} : { learning }),
      greatestMs,
      // Whoever merges people says what they were in; see ingest/people.ts.
      ...(survivor.membership === undefined ? {} : { membership: survivor.membership }),
      epoch: Math.max(survivor.epoch, absorbed.epoch, rules.epoch),
      dropped: addCounts(survivor.dropped, absorbed.dropped),
      ...(apart === undefined ? {} : { apart }),
    },
    rules,
    {},
  )
}

const addCounts = (
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> => {
  const sum: Record<string, number> = { ...a }
  for (const [name, n] of Object.entries(b)) if (n > 0) sum[name] = (sum[name] ?? 0) + n
  return sum
}

/** Brings every section under its cap. */
function settle(
  profile: Profile,
  rules: FoldRules,
  newlyDropped: Readonly<Record<string, number>>,
): Profile {
  const traits = keepNewest(profile.traits, rules.caps.traits)
  const lists = keepLists(profile.lists, rules.caps.lists)
  return {
    ...profile,
    traits: traits.kept,
    lists: lists.kept,
    aggregates: settleAggregates(profile.aggregates, rules.aggregates, profile.greatestMs),
    dropped: addCounts(addCounts(profile.dropped, newlyDropped), {
      traits: traits.dropped,
      lists: lists.dropped,
    }),
  }
}

function withLearning(profile: Profile, learning: Profile['learning']): Profile {
  if (learning === profile.learning) return profile
  const { learning: _before, ...rest } = profile
  return learning === undefined ? rest : { ...rest, learning }
}
