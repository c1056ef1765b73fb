/** Many senders on one profile at once: what the store's one-at-a-time costs them, on both stores. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import type { ProfileStore } from '../worker/flow/ports.ts'
import { roomOf, senderTo, track } from './capacity/room.ts'
import { quantile } from './harness/interleave.ts'
import { number, type Bench, type Report } from './harness/row.ts'
import { redisRoomOf } from './capacity/redis-room.ts'

const SENDERS = 64
const EVENTS_EACH = 2
/** A sender gives up after so many refusals of one event: none should. */
const MOST_SENDS = 40

interface Told {
  readonly tries: number
  readonly busy: number
  readonly seconds: number
  readonly counted: number
  /** Sends that one event took, at the median and at worst. */
  readonly sends: readonly [median: number, worst: number]
}

/** As clients do after a 503 with Retry-After: 1, in a hundredth of the time. */
const pauseMs = (attempt: number): number => Math.random() * Math.min(1000, 10 * 2 ** attempt)

async function storm(store: ProfileStore): Promise<Told> {
  let tries = 0
  const counting: ProfileStore = {
    ...store,
    commit: (commit) => {
      tries++
      return store.commit(commit)
    },
  }
  const send = senderTo(counting)
  const first = await send([track('hot')])
  if (!first.ok) throw new Error(first.error)
  tries = 0
  let busy = 0
  const sends: number[] = []
  const startMs = performance.now()
  const sender = async (): Promise<void> => {
    for (let i = 0; i < EVENTS_EACH; i++) {
      const event = track('hot')
      for (let attempt = 1; ; attempt++) {
        const result = await send([event])
        if (result.ok) {
          sends.push(attempt)
          break
        }
        if (result.error !== 'store_busy') throw new Error(result.error)
        busy++
        if (attempt === MOST_SENDS) throw new Error(`${MOST_SENDS} times refused`)
        await new Promise((resolve) => setTimeout(resolve, pauseMs(attempt)))
      }
    }
  }
  await Promise.all(Array.from({ length: SENDERS }, sender))
  const seconds = (performance.now() - startMs) / 1000
  const [loaded] = await store.load([{ type: 'anonymous_id', value: 'hot' }])
  // Every accepted event makes one new version, and a repeat makes none.
  return {
    tries,
    busy,
    seconds,
    counted: (loaded?.version ?? 0) - 1,
    sends: [quantile(sends, 0.5), Math.max(...sends)],
  }
}

const EVENTS = SENDERS * EVENTS_EACH

function noteOf(name: string, told: Told): string {
  if (told.counted !== EVENTS) {
    throw new Error(`${name}: ${told.counted} of ${EVENTS} events counted`)
  }
  return (
    `| ${name} | ${number(told.counted)} of ${number(EVENTS)} | ${number(told.tries / EVENTS, 2)} | ` +
    `${number(told.busy)} (${number((100 * told.busy) / (EVENTS + told.busy), 1)} %) | ${told.sends[0]}, ${told.sends[1]} | ${number(EVENTS / told.seconds)} |`
  )
}

async function run(): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-bench-hot-'))
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: 'export default { fetch: () => new Response() }',
      d1Databases: ['DB'],
      r2Buckets: ['BUCKET'],
      resourcePersistencePath: folder,
      telemetry: { enabled: false },
    }),
  )
  const redis = await redisRoomOf()
  try {
    const { store } = await roomOf(miniflare)
    const lines = [noteOf('D1', await storm(store)), noteOf('Redis', await storm(redis.store))]
    return {
      rows: [],
      notes: [
        `${SENDERS} senders at once on one profile, ${EVENTS_EACH} events each, one event a request; a sender that gets a 503 comes again:\n\n` +
          '| store | landed | server tries an event | 503s (of all requests) | sends of an event: median, worst | events a second |\n|---|--:|--:|--:|--:|--:|\n' +
          lines.join('\n'),
      ],
    }
  } finally {
    await redis.stop()
    await miniflare.dispose()
    await rm(folder, { recursive: true, force: true })
  }
}

export const hotProfileBench: Bench = {
  about: '64 senders on one profile: server tries and 503s, on both stores',
  run,
}
