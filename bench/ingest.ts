/** Events of many people, on D1 and on Redis, against one read and one commit of the same bytes. */
import type { Configuration } from '../worker/contract/config.ts'
import { number, type Bench, type Report, type Row } from './harness/row.ts'
import { cpuNote, duel } from './http/duel.ts'
import { ask } from './http/load.ts'
import { startRedisProcess, type RedisProcess } from './http/redis-process.ts'
import { startSite, type Site } from './http/site.ts'
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
      anonymousId: `0b7c1e8a-33d2-4c5e-9f00-${String(batch * PEOPLE_A_BATCH + i).padStart(12, '0')}`,
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

interface Written {
  readonly outbox: number
  readonly doc: number
}

async function writtenOnD1({ database }: Site): Promise<Written> {
  const row = await database
    .prepare(
      `SELECT (SELECT avg(octet_length(body)) FROM (SELECT body FROM outbox ORDER BY seq DESC LIMIT 20)) AS outbox,
              (SELECT avg(octet_length(doc)) FROM (SELECT doc FROM profile WHERE version > 1 LIMIT 50)) AS doc`,
    )
    .first<{ outbox: number; doc: number }>()
  return { outbox: Math.round(row?.outbox ?? 0), doc: Math.round(row?.doc ?? 0) }
}

async function writtenOnRedis({ url, token }: RedisProcess): Promise<Written> {
  const send = async <T>(...command: (string | number)[]): Promise<T> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(command),
    })
    return ((await response.json()) as { result: T }).result
  }
  const [entry] = await send<[string, string[]][]>('XREVRANGE', 'tsugi:o:0', '+', '-', 'COUNT', 1)
  const keys = await send<string[]>('KEYS', 'tsugi:p:*')
  const texts = await send<string[]>('MGET', ...keys.slice(0, 50))
  const mean = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length
  return { outbox: Buffer.byteLength(entry?.[1][3] ?? ''), doc: Math.round(mean) }
}

async function measure(
  name: 'D1' | 'Redis',
  site: Site,
  written: () => Promise<Written>,
  config: Configuration,
): Promise<{ row: Row; note: string }> {
  await site.publish(config)
  const ours = { port: site.ourPort, path: '/v1/batch', headers }
  const half = BATCHES / 2
  // Both halves are known people of a few visits; the floor works on the second half's.
  for (let visit = 0; visit < VISITS_BEFORE; visit++) {
    for (let batch = 0; batch < BATCHES; batch++) {
      const answer = await ask({ ...ours, body: () => bodyOf(batch) })
      if (!(JSON.parse(answer) as { success: boolean }).success) throw new Error(answer)
    }
  }
  const answer = await ask({ ...ours, body: () => bodyOf(0) })
  const theirPath = name === 'D1' ? '/many/d1' : '/many/redis'
  let size = await written()
  const load = { requests: REQUESTS, connections: CONNECTIONS }
  let turn = 0
  const { throughput, cpu } = await duel(site, {
    rounds: ROUNDS,
    ours: () => ({ ...ours, ...load, body: () => bodyOf(turn++ % half) }),
    theirs: () => ({
      ...ours,
      ...load,
      port: site.barePort,
      path: `${theirPath}?answer=${answer.length}&outbox=${size.outbox}&doc=${size.doc}`,
      body: () => bodyOf(half + (turn++ % half)),
    }),
    after: async () => {
      size = await written()
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
      `middle half of the ratios ${number(spread[0], 2)}–${number(spread[1], 2)}; documents of ${number(size.doc)} bytes, outbox entry ${number(size.outbox)}. ` +
      `That is ${number(PEOPLE_A_BATCH / own)} people a second. ${cpuNote(cpu)}`,
  }
}

async function onD1(config: Configuration) {
  const site = await startSite()
  try {
    return await measure('D1', site, () => writtenOnD1(site), config)
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
      return await measure('Redis', site, () => writtenOnRedis(redis), config)
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
