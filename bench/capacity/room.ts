/** The worker's own flows and stores over a local D1 that counts, and what is sent to them. */
import { join } from 'node:path'
import type { Miniflare } from 'miniflare'
import { ROOT } from '../../scripts/build/root.ts'
import { migrate } from '../../scripts/local-worker/migrate.ts'
import type { Message } from '../../worker/contract/message.ts'
import { compileRelease } from '../../worker/core/release/compile.ts'
import { collect } from '../../worker/flow/collect.ts'
import type { ConfigurationStore } from '../../worker/flow/configuration-ports.ts'
import type { DrainDeps } from '../../worker/flow/drain.ts'
import type { Ids, ProfileStore } from '../../worker/flow/ports.ts'
import { encodeBatch } from '../../worker/warehouse/encode-batch.ts'
import { metered, type Cost } from '../http/metered.ts'
import type { Database } from '../http/site.ts'
import { configurationOf, USUAL } from '../shop/configuration.ts'
import { LOCAL_IDS } from '../shop/local-ports.ts'
import { EVENTS } from '../shop/words.ts'

/** By path, since their types are the platform's, which programs of Node are not checked with. */
const adapter = async (path: string, name: string): Promise<(...args: unknown[]) => unknown> =>
  ((await import(join(ROOT, path))) as Record<string, (...args: unknown[]) => unknown>)[
    name
  ] as never

export interface Room {
  readonly database: Database
  readonly measure: (work: () => Promise<unknown>) => Promise<Cost>
  readonly store: ProfileStore
  readonly configuration: ConfigurationStore
  /** The same, not metered. */
  readonly publishing: ConfigurationStore
  readonly drainDeps: DrainDeps
}

export async function roomOf(miniflare: Miniflare): Promise<Room> {
  const database = await miniflare.getD1Database('DB')
  await migrate(database)
  const { database: d1, measure } = metered(database)
  const meter = { trips: 0 }
  const store = await adapter('worker/store/d1/profile-store.ts', 'd1ProfileStore')
  const configuration = await adapter(
    'worker/store/d1/configuration-store.ts',
    'd1ConfigurationStore',
  )
  const outbox = await adapter('worker/store/d1/outbox-reader.ts', 'd1Outbox')
  const leases = await adapter('worker/store/d1/lease.ts', 'd1Leases')
  const manifests = await adapter('worker/store/d1/manifest.ts', 'd1Manifests')
  const bucket = await adapter('worker/warehouse/r2-bucket.ts', 'r2Bucket')
  return {
    database,
    measure,
    store: store(d1, meter) as ProfileStore,
    configuration: configuration(d1, meter) as ConfigurationStore,
    publishing: configuration(database, meter) as ConfigurationStore,
    drainDeps: {
      clock: { nowMs: () => Date.now() },
      outbox: outbox(d1) as DrainDeps['outbox'],
      leases: leases(d1) as DrainDeps['leases'],
      manifests: manifests(d1) as DrainDeps['manifests'],
      bucket: bucket(await miniflare.getR2Bucket('BUCKET')) as DrainDeps['bucket'],
      encode: encodeBatch,
    },
  }
}

type Sent = Partial<Message> & { readonly type: Message['type'] }

let messages = 0
export const track = (anonymousId: string): Sent => ({
  type: 'track',
  event: EVENTS[messages % EVENTS.length],
  messageId: `capacity-${messages++}`,
  anonymousId,
  properties: { product_id: 'K-104', price: 12_800, currency: 'JPY' },
  context: { locale: 'ja-JP', page: { path: '/products/K-104', title: '糸と布' } },
})
export const identify = (anonymousId: string, userId: string): Sent => ({
  type: 'identify',
  messageId: `capacity-${messages++}`,
  anonymousId,
  userId,
  traits: { plan: 'pro', city: 'Kyoto', age: 34, firstName: '花子' },
})
export const many = (n: number, make: (i: number) => Sent): Sent[] =>
  Array.from({ length: n }, (_, i) => make(i))

export interface Receiver {
  readonly store: ProfileStore
  /** As this store wants the ids of new profiles. */
  readonly ids?: Ids
}

type Send = (batch: readonly Sent[]) => ReturnType<typeof collect>

/** Sends batches to a store as `/v1/batch` with the secret key does. */
export function senderTo({ store, ids = LOCAL_IDS }: Receiver): Send {
  const config = configurationOf(USUAL)
  const release = compileRelease(config, { number: 1, epoch: 1, stopped: false })
  const [source] = config.sources
  if (source === undefined) throw new Error('the benchmark has a source')
  const unused = (): never => {
    throw new Error('no token and no decision is sent here')
  }
  const ports = {
    store,
    byId: { byIds: unused },
    releases: { current: async () => release },
    ids,
    tokens: { verify: unused },
    seal: { seal: unused, open: unused },
    timer: {
      pause: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
      within: async <T>(_ms: number, work: Promise<T>) => ({ outcome: await work }),
      nowMs: () => Date.now(),
      jitter: () => Math.random(),
    },
  }
  return (batch) =>
    collect(ports, {
      release,
      source,
      trusted: true,
      messages: batch,
      sentAt: null,
      receivedAtMs: Date.now(),
      bytes: JSON.stringify(batch).length,
    })
}

/** Throws unless all of a batch was accepted. */
export function taker(receiver: Receiver): (batch: readonly Sent[]) => Promise<void> {
  const send = senderTo(receiver)
  return async (batch) => {
    const result = await send(batch)
    if (!result.ok) throw new Error(result.error)
    if (result.value.rejected.length > 0) throw new Error(JSON.stringify(result.value.rejected))
  }
}
