/** One chunk, one commit: loaded, worked out, committed, and again with the current documents while somebody else is first. */
import type {
  Delivery,
  Ingested,
  IngestRules,
  LoadedProfile,
  NewId,
} from '../core/ingest/delivery.ts'
import { ingest } from '../core/ingest/ingest.ts'
import { isHeavier, jsonText } from '../core/json-text.ts'
import { identifierKey, type Identifier } from '../core/identity/identifier.ts'
import type { Profile } from '../core/profile/profile.ts'
import { profileText } from '../core/profile/stored.ts'
import type { EventRecord } from '../core/record.ts'
import type { StockTake } from '../core/decision/stock.ts'
import type { Release } from '../core/release/release.ts'
import { fail, ok, type Result } from '../core/result.ts'
import {
  StoreError,
  type Commit,
  type CommitResult,
  type Hint,
  type Ids,
  type ProfilesById,
  type ProfileStore,
  type Releases,
  type Timer,
} from './ports.ts'
import { loadPeople, remembersOnly } from './load-people.ts'
import { afterLosing, MAX_TRIES } from './rivals.ts'

export interface ChunkPorts {
  readonly store: ProfileStore
  readonly byId: ProfilesById
  readonly releases: Releases
  readonly timer: Timer
  readonly ids: Ids
}

/** Why nothing can be promised: the sender keeps the messages and comes again. */
export type CollectError = 'store_busy' | 'store_unavailable' | 'outbox_full'

/** Who was touched, as they stand after the commit. */
export type People = ReadonlyMap<string, Profile>

/** What a chunk shares with the whole request it came in. */
export interface ArrivedWith {
  readonly release: Release
  readonly receivedAtMs: number
  /** Of the whole body. */
  readonly bytes: number
  /** The profileId that the sender was last told. */
  readonly hint?: Hint
}

/** What rides along with a chunk: it depends on how people stand after the chunk's own messages. */
export interface Rider {
  /** Whom it is about, beside the chunk. */
  readonly identifiers: readonly Identifier[]
  /** Asked anew whenever somebody else was first. */
  deliveries(people: People): readonly Delivery[]
  /** What is only written down. `added` are the deliveries above, as far as they were asked for. */
  records(added: readonly Delivery[], ingested: Ingested): readonly EventRecord[]
  /** What the commit takes of stocks over everybody. */
  stock?(ingested: Ingested): readonly StockTake[]
  /** The commit was refused, and so much is gone of these: before it is asked anew. */
  taken?(taken: ReadonlyMap<string, number>): void
}

export function commitChunk(
  ports: ChunkPorts,
  arrival: ArrivedWith,
  chunk: readonly Delivery[],
  rider?: Rider,
): Promise<Result<People, CollectError>> {
  const inHalves = () => commitHalves(ports, arrival, chunk, rider)
  return commitOne(ports, arrival, chunk, rider, chunk.length > 1 ? inHalves : null)
}

/**
 * A rider by itself. `too_large`: nothing was written, since those whom it is
 * about weigh too much together; each part of them is another's to ask about,
 * with an answer of its own. Said only where there are several.
 */
export function commitRider(
  ports: ChunkPorts,
  arrival: ArrivedWith,
  rider: Rider,
): Promise<Result<People, CollectError | 'too_large'>> {
  const apart = rider.identifiers.length > 1 ? async () => fail('too_large' as const) : null
  return commitOne(ports, arrival, [], rider, apart)
}

/** @param whenTooLarge instead of a commit that weighs too much; null where it cannot be cut */
async function commitOne<E>(
  ports: ChunkPorts,
  arrival: ArrivedWith,
  chunk: readonly Delivery[],
  rider: Rider | undefined,
  whenTooLarge: (() => Promise<Result<People, E>>) | null,
): Promise<Result<People, E | CollectError>> {
  const { ids, timer } = ports
  const identifiers = distinct([
    ...chunk.flatMap((delivery) => delivery.identifiers.usable),
    ...(rider?.identifiers ?? []),
  ])
  const { newId, tookAll } = freshIds(ids)
  try {
    const wanted = { identifiers, rules: arrival.release.rules.identity, hint: arrival.hint }
    const load = (): Promise<readonly LoadedProfile[]> => loadPeople(ports, wanted)
    let loaded = await load()
    for (let tries = 1; ; tries++) {
      const { rules } = await releaseFor(ports, arrival.release, loaded)
      const ingested = withRider(loaded, chunk, rules, newId, rider)
      if (ingested.records.length === 0) return ok(ingested.people)
      if (whenTooLarge !== null && isTooLarge(ingested, arrival.bytes)) return await whenTooLarge()
      const beganMs = timer.nowMs()
      const result = await commitSurely(ports, {
        id: ids.commitId(),
        receivedAtMs: arrival.receivedAtMs,
        profiles: ingested.profiles,
        identifiers: ingested.identifiers,
        ...(ingested.former === undefined ? {} : { former: ingested.former }),
        records: ingested.records,
        ...stockOf(rider, ingested),
      })
      if (result.done) return ok(ingested.people)
      if (tries === MAX_TRIES) return fail('store_busy')
      tookAll(result.current)
      if (result.taken !== undefined) rider?.taken?.(result.taken)
      const lost = { tries, tripMs: timer.nowMs() - beganMs, current: result.current }
      const remembering = tries === 1 && remembersOnly(loaded, identifiers)
      loaded = remembering ? await load() : await afterLosing(lost, timer, load)
    }
  } catch (error) {
    if (error instanceof StoreError) return fail('store_unavailable')
    throw error
  }
}

function withRider(
  loaded: readonly LoadedProfile[],
  chunk: readonly Delivery[],
  rules: IngestRules,
  newId: NewId,
  rider: Rider | undefined,
): Ingested {
  const ingested = ingest(loaded, chunk, rules, newId)
  if (rider === undefined) return ingested
  const added = rider.deliveries(ingested.people)
  const whole = added.length === 0 ? ingested : ingest(loaded, [...chunk, ...added], rules, newId)
  return { ...whole, records: [...whole.records, ...rider.records(added, whole)] }
}

/** A D1 value holds two million bytes; half of it leaves room for escapes. */
const MAX_COMMIT_BYTES = 1_000_000
const MAX_COMMIT_PEOPLE = 50
/** So few people, records and bytes weigh less than a commit may, whatever they hold. */
const FEW_PEOPLE = 6
const FEW_RECORDS = 1000
const SMALL_BYTES = 150_000

function isTooLarge({ profiles, records }: Ingested, arrivedBytes: number): boolean {
  if (profiles.length > MAX_COMMIT_PEOPLE) return true
  const small =
    profiles.length <= FEW_PEOPLE && records.length <= FEW_RECORDS && arrivedBytes <= SMALL_BYTES
  if (small) return false
  return (
    isHeavier([jsonText(records)], MAX_COMMIT_BYTES) ||
    isHeavier(
      profiles.map(({ profile }) => profileText(profile)),
      MAX_COMMIT_BYTES,
    )
  )
}

function stockOf(rider: Rider | undefined, ingested: Ingested): Pick<Commit, 'stock'> {
  const stock = rider?.stock?.(ingested) ?? []
  return stock.length === 0 ? {} : { stock }
}

/** Two commits instead of one: a repeat after a failure between them finds the first half folded. */
async function commitHalves(
  ports: ChunkPorts,
  arrival: ArrivedWith,
  chunk: readonly Delivery[],
  rider: Rider | undefined,
): Promise<Result<People, CollectError>> {
  const middle = Math.ceil(chunk.length / 2)
  const first = await commitChunk(ports, arrival, chunk.slice(0, middle))
  if (!first.ok) return first
  const second = await commitChunk(ports, arrival, chunk.slice(middle), rider)
  if (!second.ok) return second
  return ok(new Map([...first.value, ...second.value]))
}

/** An id that is made of an identifier may be somebody's who let it go: no try takes it again. */
function freshIds(ids: Ids): { newId: NewId; tookAll: (loaded: readonly LoadedProfile[]) => void } {
  const taken = new Set<string>()
  return {
    newId: (first, attempt) => {
      let next = attempt
      let id = ids.profileId(first, next)
      while (taken.has(id)) id = ids.profileId(first, ++next)
      return id
    },
    tookAll: (loaded) => {
      for (const { profile } of loaded) taken.add(profile.id)
    },
  }
}

/** A profile folded under a newer release than ours must not be folded under an older one. */
export async function releaseFor(
  { releases }: Pick<ChunkPorts, 'releases'>,
  release: Release,
  loaded: readonly LoadedProfile[],
): Promise<Release> {
  const newest = loaded.reduce((max, { profile }) => Math.max(max, profile.epoch), 0)
  if (newest <= release.epoch) return release
  const refreshed = await releases.current(newest)
  if (refreshed !== null && refreshed.epoch >= newest) return refreshed
  throw new StoreError('the release in hand is older than the one a profile was folded under')
}

/** After a failure that may have done the work, the very same commit is repeated once: it tells. */
export async function commitSurely(
  { store, timer }: Pick<ChunkPorts, 'store' | 'timer'>,
  commit: Commit,
): Promise<CommitResult> {
  try {
    return await store.commit(commit)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    await timer.pause(10 + timer.jitter() * 40)
    return store.commit(commit)
  }
}

function distinct(identifiers: readonly Identifier[]): Identifier[] {
  return [...new Map(identifiers.map((i) => [identifierKey(i), i])).values()]
}
