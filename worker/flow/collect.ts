/** Takes messages in: who they are of, what they change, and one durable commit a chunk. */
import type { CollectAnswer } from '../contract/message.ts'
import {
  ingest,
  type Delivery,
  type Ingested,
  type LoadedProfile,
  type NewId,
} from '../core/ingest.ts'
import { identifierKey, type Identifier } from '../core/identity/identifier.ts'
import type { Profile } from '../core/profile/profile.ts'
import type { Release } from '../core/release/release.ts'
import { fail, ok, type Result } from '../core/result.ts'
import { admit, type AdmitPorts, type Arrival } from './admit.ts'
import { chunksOf } from './chunks.ts'
import { StoreError, type ProfileStore, type Releases, type Timer } from './ports.ts'

export interface CollectPorts extends AdmitPorts {
  readonly store: ProfileStore
  readonly releases: Releases
  readonly timer: Timer
}

export interface Collected extends CollectAnswer {
  /** messageIds that are durable now: new ones and repeats alike. */
  readonly acked: readonly string[]
  /** Who was touched, as they stand after the commit. */
  readonly people: ReadonlyMap<string, Profile>
}

/** Why nothing can be promised: the sender keeps the messages and comes again. */
export type CollectError = 'store_busy' | 'store_unavailable'

export async function collect(
  ports: CollectPorts,
  arrival: Arrival,
): Promise<Result<Collected, CollectError>> {
  const { deliveries, rejected } = await admit(ports, arrival)
  const people = new Map<string, Profile>()
  const perMessage = arrival.bytes / Math.max(1, arrival.messages.length)
  // A message is written in the outbox and, slimmed, in the profile's document.
  for (const chunk of chunksOf(deliveries, () => perMessage + 4096)) {
    const result = await collectChunk(ports, arrival, chunk)
    if (!result.ok) return result
    for (const [id, profile] of result.value.people) people.set(id, profile)
  }
  return ok({
    success: rejected.length === 0,
    accepted: deliveries.length,
    rejected,
    // As the sender knows them, not as exposures are renamed.
    acked: ackedIds(arrival.messages, rejected),
    people,
  })
}

function ackedIds(messages: readonly unknown[], rejected: CollectAnswer['rejected']): string[] {
  const bad = new Set(rejected.map(({ index }) => index))
  return messages.flatMap((message, i) => {
    const id = (message as { messageId?: unknown }).messageId
    return bad.has(i) || typeof id !== 'string' ? [] : [id]
  })
}

const MAX_TRIES = 5

async function collectChunk(
  ports: CollectPorts,
  { receivedAtMs, release: asked }: Arrival,
  chunk: readonly Delivery[],
): Promise<Result<Ingested, CollectError>> {
  const { store, ids, timer } = ports
  const identifiers = distinct(chunk.flatMap((delivery) => delivery.identifiers.usable))
  // An id that is made of an identifier may be somebody's who let it go: no try takes it again.
  const taken = new Set<string>()
  const newId: NewId = (first, attempt) => {
    let next = attempt
    let id = ids.profileId(first, next)
    while (taken.has(id)) id = ids.profileId(first, ++next)
    return id
  }
  try {
    let loaded = await store.load(identifiers)
    for (let tries = 1; ; tries++) {
      const release = await releaseFor(ports, asked, loaded)
      const ingested = ingest(loaded, chunk, release.rules, newId)
      if (ingested.records.length === 0) return ok(ingested)
      const result = await commitSurely(ports, {
        id: ids.commitId(),
        receivedAtMs,
        profiles: ingested.profiles,
        identifiers: ingested.identifiers,
        records: ingested.records,
      })
      if (result.done) return ok(ingested)
      if (tries === MAX_TRIES) return fail('store_busy')
      loaded = result.current
      for (const { profile } of loaded) taken.add(profile.id)
      // The first rival is mostly the only one; after that it is a crowd.
      if (tries > 1) await timer.pause(timer.jitter() * 20 * 2 ** tries)
    }
  } catch (error) {
    if (error instanceof StoreError) return fail('store_unavailable')
    throw error
  }
}

/** A profile folded under a newer release than ours must not be folded under an older one. */
async function releaseFor(
  { releases }: CollectPorts,
  release: Release,
  loaded: readonly LoadedProfile[],
): Promise<Release> {
  const newest = loaded.reduce((max, { profile }) => Math.max(max, profile.epoch), 0)
  if (newest <= release.epoch) return release
  return (await releases.current(newest)) ?? release
}

/** After a failure that may have done the work, the very same commit is repeated once: it tells. */
async function commitSurely(
  { store, timer }: CollectPorts,
  commit: Parameters<ProfileStore['commit']>[0],
): ReturnType<ProfileStore['commit']> {
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
