/**
 * Undoes a merge: reads what the log says of the people since, tells them
 * apart, and commits both if nothing has changed meanwhile.
 * Reasons: docs/decisions/022-undoing-a-merge.md
 */
import { identifierKey, type Identifier } from '../core/identity/identifier.ts'
import { mergeFacts } from '../core/identity/identity-map.ts'
import type { LoadedProfile } from '../core/ingest/delivery.ts'
import type { EventRecord } from '../core/record.ts'
import { fail, ok, type Result } from '../core/result.ts'
import { historyStart, trail } from '../core/undo/history.ts'
import { separate, type Separation } from '../core/undo/separate.ts'
import { unmerge as unmerged, type Unmerged, type UnmergeError } from '../core/undo/unmerge.ts'
import { releaseFor } from './commit-chunk.ts'
import type { Ids, ProfileStore, Releases } from './ports.ts'
import { BrokenFileError, type OutboxTail, type RawProfiles } from './replay-ports.ts'
import { readTail } from './replay-scene.ts'
import {
  beginReading,
  distinct,
  readOn,
  type HistoryLimits,
  type HistoryPorts,
  type Reading,
} from './undo-history.ts'

export interface UnmergePorts extends HistoryPorts {
  readonly tails: readonly OutboxTail[]
  readonly raw: RawProfiles
  readonly store: Pick<ProfileStore, 'commit'>
  readonly releases: Releases
  readonly ids: Pick<Ids, 'commitId'>
}

export interface Wanted {
  readonly absorbed: string
  readonly survivor: string | null
  /** messageId of the `$merge`; null is the last one by which `absorbed` was merged. */
  readonly merge: string | null
}

export interface UnmergeFailure {
  readonly code:
    | 'not_found'
    | 'no_release'
    | 'not_merged'
    | 'out_of_reach'
    | 'not_separable'
    | 'store_busy'
  readonly detail?: string
}

export type UnmergeStep =
  | { readonly done: false; readonly reading: Reading }
  | {
      readonly done: true
      readonly files: Reading['files']
      readonly result: Unmerged
      readonly records: number
      /** Of them, those that count for another profileId than they were logged under. */
      readonly moved: number
    }

const LIMITS: HistoryLimits = {
  budgetMs: 5_000,
  rows: 200_000,
  records: 10_000,
  characters: 8_000_000,
}
const MAX_TRIES = 5

/** @param before what an earlier call had read. Throws StoreError. */
export async function unmerge(
  ports: UnmergePorts,
  wanted: Wanted,
  before: Reading | null,
  limits = LIMITS,
): Promise<Result<UnmergeStep, UnmergeFailure>> {
  const tombstone = (await ports.raw.read([wanted.absorbed], [])).profiles.get(wanted.absorbed)
  if (tombstone === undefined) {
    return fail({ code: 'not_found', detail: `nobody ever had the profileId ${wanted.absorbed}` })
  }
  if (tombstone.mergedInto === null) {
    return fail({ code: 'not_merged', detail: `${wanted.absorbed} is merged with nobody` })
  }
  const shards = [...(await ports.filed.totals()), ...ports.tails].map(({ shard }) => shard)
  const { absorbed } = wanted
  const start = { absorbed, fromMs: tombstone.profile.mergedMs ?? 0, begin: [absorbed] }
  let reading = before ?? (await beginReading(ports, [...new Set(shards)], start))
  try {
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const step = await tryOnce(ports, wanted, reading, limits)
      if (!('again' in step)) return step
      reading = step.again
    }
  } catch (error) {
    if (error instanceof BrokenFileError) {
      return fail({ code: 'out_of_reach', detail: error.message })
    }
    throw error
  }
  return fail({ code: 'store_busy' })
}

type Try = Result<UnmergeStep, UnmergeFailure> | { readonly again: Reading }

async function tryOnce(
  ports: UnmergePorts,
  wanted: Wanted,
  before: Reading,
  limits: HistoryLimits,
): Promise<Try> {
  const { reading, outcome } = await readOn(ports, before, limits)
  if (outcome === 'too_large') {
    return fail({
      code: 'not_separable',
      detail: `they have more than ${limits.records} records since, or ${limits.characters} characters of them`,
    })
  }
  if (outcome === 'more') return ok({ done: false, reading })
  // The store before the outbox: what the documents show is in the log that is read.
  const standing = await ports.raw.read(reading.ids, [])
  const tail = await readTail(ports, { cursor: reading })
  if (tail === 'filed') return { again: reading }
  if (tail === 'crowded') {
    return fail({ code: 'store_busy', detail: 'the outbox is too long: after the next drain' })
  }
  const { follow, ids } = trail(reading.ids)
  const late = tail.flatMap(({ record }) => (record !== null && follow(record) ? [record] : []))
  // Somebody joined them in the outbox: their documents are wanted too.
  if (ids.size > reading.ids.length) return { again: { ...reading, ids: [...ids] } }
  const records = distinct([...reading.records, ...late])

  const merge = mergeIn(records, wanted)
  if (!merge.ok) return merge
  const from = historyStart(records, merge.value.messageId)
  if (from === null) throw new TypeError('a merge that was found among these records')
  if ('earlier' in from) {
    const { survivor, absorbed, mergedMs } = from.earlier
    // Read already from there on, and it is not there.
    if (mergedMs >= reading.fromMs && reading.begin.includes(survivor)) return lost(mergedMs)
    const fromMs = Math.min(mergedMs, reading.fromMs)
    const begin = [...new Set([...reading.begin, survivor, absorbed])]
    const shards = Object.keys(reading.shards)
    return {
      again: await beginReading(ports, shards, { absorbed: wanted.absorbed, fromMs, begin }),
    }
  }
  return commit(ports, merge.value, records.slice(from.from), standing.profiles, reading)
}

const lost = (atMs: number): Result<never, UnmergeFailure> =>
  fail({
    code: 'out_of_reach',
    detail: `the merge of ${new Date(atMs).toISOString()} is neither in a file nor in the outbox`,
  })

function mergeIn(
  records: readonly EventRecord[],
  { absorbed, survivor, merge }: Wanted,
): Result<EventRecord, UnmergeFailure> {
  const last = records.findLast(
    (record) => record.type === '$merge' && mergeFacts(record).absorbed === absorbed,
  )
  if (last === undefined) {
    return fail({
      code: 'out_of_reach',
      detail: 'the record of this merge is neither in a file nor in the outbox',
    })
  }
  const told = mergeFacts(last)
  if (
    (merge ?? last.messageId) !== last.messageId ||
    (survivor ?? told.survivor) !== told.survivor
  ) {
    return fail({
      code: 'not_merged',
      detail: `${absorbed} was merged last into ${told.survivor}, by ${last.messageId}`,
    })
  }
  return ok(last)
}

async function commit(
  ports: UnmergePorts,
  merge: EventRecord,
  history: readonly EventRecord[],
  people: ReadonlyMap<string, LoadedProfile>,
  reading: Reading,
): Promise<Try> {
  const release = await ports.releases.current()
  if (release === null) return fail({ code: 'no_release' })
  const { rules } = await releaseFor(ports, release, [...people.values()])
  const separation = separate(history, merge.messageId, rules)
  if (!separation.ok) return failureOf({ code: 'tangled' })
  if (!agrees(separation.value, people)) return failureOf({ code: 'tangled' })
  const { owners } = await ports.raw.read([], identifiersOf(separation.value, people))
  const nowMs = ports.nowMs()
  const result = unmerged(
    merge,
    separation.value,
    { people, ownerOf: (identifier) => owners.get(identifierKey(identifier)) ?? null },
    { rules, nowMs },
  )
  if (!result.ok) return failureOf(result.error)
  const { profiles, identifiers, former, records } = result.value
  const committed = await ports.store.commit({
    id: ports.ids.commitId(),
    receivedAtMs: nowMs,
    profiles,
    identifiers,
    former,
    records,
  })
  if (!committed.done) return { again: reading }
  return ok({
    done: true,
    files: reading.files,
    result: result.value,
    records: history.filter(({ type }) => !type.startsWith('$') || type === '$list').length,
    moved: separation.value.moved.reduce((sum, { records }) => sum + records.length, 0),
  })
}

/** The log says who lives; the store must say the same. */
const agrees = (
  { stays, leaves }: Separation,
  people: ReadonlyMap<string, LoadedProfile>,
): boolean => people.get(stays.id)?.mergedInto === null && people.get(leaves.id)?.mergedInto != null

const identifiersOf = (
  { stays, leaves, released }: Separation,
  people: ReadonlyMap<string, LoadedProfile>,
): Identifier[] => [
  ...stays.identifiers,
  ...leaves.identifiers,
  ...released.flat(),
  ...(people.get(stays.id)?.profile.identifiers ?? []),
]

function failureOf(
  error: UnmergeError | { readonly code: 'tangled' },
): Result<never, UnmergeFailure> {
  switch (error.code) {
    case 'incomplete':
      return fail({
        code: 'out_of_reach',
        detail: `${error.missing} of their messages are neither in a file nor in the outbox`,
      })
    case 'too_many_apart':
      return fail({
        code: 'not_separable',
        detail: 'one of them was told apart from as many others as a profile can remember',
      })
    case 'tangled':
      return fail({
        code: 'not_separable',
        detail: 'what was merged and undone since does not say plainly who was who',
      })
  }
}
