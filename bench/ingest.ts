/**
 * Events of many people, on D1 and on Redis, against one read and one commit of
 * the same bytes: the floor reads and writes copies of the documents that ours
 * has just written.
 */
import type { Configuration } from '../worker/contract/config.ts'
import { number, type Bench, type Report, type Row } from './harness/row.ts'
import { cpuNote, duel } from './http/duel.ts'
import { ask } from './http/load.ts'
import { startRedisProcess } from './http/redis-process.ts'
import { startSite, type Site } from './http/site.ts'
import { anonymousIdOf, d1Room, redisRoom, type Room } from './ingest/room.ts'
import { configurationOf, ORIGIN, USUAL, WRITE_KEY } from './shop/configuration.ts'
import { EVENTS } from './shop/words.ts'

const PEOPLE_A_BATCH = 50
const BATCHES = 8
const REQUESTS = 60
const ROUNDS = 9
const CONNECTIONS = 4
const VISITS_BEFORE = 12
const BUDGET = 0.6

const headers = { origin: ORIGIN, 'content-type': 'text/plain' }
let sent = 0

/** One event of each of fifty people. */
function bodyOf(batch: number): string {
  const n = sent++
  return JSON.stringify({
    writeKey: WRITE_KEY,
    sentAt: '2026-10-01T03:00:00.000Z',
    batch: Array.from({ length: PEOPLE_A_BATCH }, (_, i) => ({
      type: 'track',
      messageId: `ingest-${n}-${i}`,
      anonymousId: anonymousIdOf(batch * PEOPLE_A_BATCH + i),
      event: EVENTS[(n + i) % EVENTS.length],
      originalTimestamp: '2026-10-01T02:59:58.250Z',
      properties: { product_id: `K-${i}`, price: 12_800, currency: 'JPY' },
      context: {
        page: { path: '/products/K-104', referrer: 'https://www.google.com/', title: '糸と布' },
        locale: 'ja-JP',
        timezone: 'Asia/Tokyo',
      },
    })),
  })
}

async function measure(
  name: 'D1' | 'Redis',
  site: Site,
  room: Room,
  config: Configuration,
): Promise<{ row: Row; note: string }> {
  await site.publish(config)
  const ours = { port: site.ourPort, path: '/v1/batch', headers }
  const half = BATCHES / 2
  // Both halves are known people of a few visits; the floor works on the second half.
  for (let visit = 0; visit < VISITS_BEFORE; visit++) {
    for (let batch = 0; batch < BATCHES; batch++) {
      const answer = await ask({ ...ours, body: () => bodyOf(batch) })
      if (!(JSON.parse(answer) as { success: boolean }).success) throw new Error(answer)
    }
  }
  const answer = await ask({ ...ours, body: () => bodyOf(0) })
  const theirPath = name === 'D1' ? '/many/d1' : '/many/redis'
  const people = half * PEOPLE_A_BATCH
  let size = await room.copied(people)
  const load = { requests: REQUESTS, connections: CONNECTIONS }
  let turn = 0
  const { throughput, cpu } = await duel(site, {
    rounds: ROUNDS,
    ours: () => ({ ...ours, ...load, body: () => bodyOf(turn++ % half) }),
    theirs: () => ({
      ...ours,
      ...load,
      port: site.barePort,
      path: `${theirPath}?answer=${answer.length}&outbox=${size.outboxBytes}`,
      body: () => bodyOf(half + (turn++ % half)),
    }),
    after: async () => {
      size = await room.copied(people)
    },
  })
  const { ours: own, theirs, theirsToOurs, spread } = throughput
  return {
    row: {
      what: `ingest on ${name}: ${PEOPLE_A_BATCH} people a request, one event each`,
      peer: 'bare Worker: one read, one commit of as many bytes',
      theirs: `${number(1 / theirs)}/s`,
      ours: `${number(1 / own)}/s`,
      ratio: theirsToOurs,
      budget: `≥ ${BUDGET}`,
      met: theirsToOurs >= BUDGET,
    },
    note:
      `ingest on ${name}: ${CONNECTIONS} connections, ${ROUNDS} rounds of ${REQUESTS} requests a side, ` +
      `middle half of the ratios ${number(spread[0], 2)}–${number(spread[1], 2)}; documents of ${number(size.profileBytes)} bytes at the end, outbox entry ${number(size.outboxBytes)}. ` +
      `That is ${number(PEOPLE_A_BATCH / own)} people a second. ${cpuNote(cpu)}`,
  }
}

async function onD1(config: Configuration) {
  const site = await startSite()
  try {
    return await measure('D1', site, d1Room(site.database), config)
  } finally {
    await site.stop()
  }
}

async function onRedis(config: Configuration) {
  const redis = await startRedisProcess()
  try {
    const site = await startSite({
      TSUGI_STORE: 'redis',
      UPSTASH_REDIS_REST_URL: redis.url,
      UPSTASH_REDIS_REST_TOKEN: redis.token,
    })
    try {
      return await measure('Redis', site, redisRoom(redis), config)
    } finally {
      await site.stop()
    }
  } finally {
    await redis.stop()
  }
}

async function run(): Promise<Report> {
  const config = configurationOf(USUAL)
  const both = [await onD1(config), await onRedis(config)]
  return { rows: both.map(({ row }) => row), notes: both.map(({ note }) => note) }
}

export const ingestBench: Bench = {
  about: 'events of many people on D1 and on Redis against one read and one commit',
  run,
}
