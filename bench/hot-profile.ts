/** Many senders on one profile at once: what one writer at a time costs them, on both stores. */
import { randomUUID } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quantile } from './harness/interleave.ts'
import { number, type Bench, type Report } from './harness/row.ts'
import { startRedisProcess } from './http/redis-process.ts'
import { startSite, type Site } from './http/site.ts'
import { configurationOf, ORIGIN, WRITE_KEY } from './shop/configuration.ts'

const SENDERS = 64
const EVENTS_EACH = 5
const EVENTS = SENDERS * EVENTS_EACH
/** A sender gives up after so many refusals of one event: none should. */
const MOST_SENDS = 60

/** As clients come again after a 503, only in a twentieth of the time. */
const pauseMs = (attempt: number): number => Math.random() * Math.min(1000, 25 * 2 ** attempt)

const eventOf = (messageId: string): string =>
  JSON.stringify({
    type: 'track',
    writeKey: WRITE_KEY,
    messageId,
    anonymousId: 'hot',
    event: 'Product Viewed',
    properties: { product_id: 'K-104', price: 12_800 },
  })

async function post(port: number, messageId: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/track`, {
    method: 'POST',
    headers: { origin: ORIGIN, 'content-type': 'text/plain' },
    body: eventOf(messageId),
  })
  await response.arrayBuffer()
  return response.status
}

interface Told {
  readonly busy: number
  readonly seconds: number
  /** How often each event was sent. */
  readonly sends: readonly number[]
}

async function storm({ ourPort }: Site): Promise<Told> {
  if ((await post(ourPort, 'the-first')) !== 200) throw new Error('the first event was refused')
  let busy = 0
  const sends: number[] = []
  const startMs = performance.now()
  const sender = async (): Promise<void> => {
    for (let i = 0; i < EVENTS_EACH; i++) {
      const messageId = randomUUID()
      for (let attempt = 1; ; attempt++) {
        const status = await post(ourPort, messageId)
        if (status === 200) {
          sends.push(attempt)
          break
        }
        if (status !== 503) throw new Error(`answered ${status}`)
        busy++
        if (attempt === MOST_SENDS) throw new Error(`${MOST_SENDS} times refused`)
        await new Promise((resolve) => setTimeout(resolve, pauseMs(attempt)))
      }
    }
  }
  await Promise.all(Array.from({ length: SENDERS }, sender))
  return { busy, seconds: (performance.now() - startMs) / 1000, sends }
}

/** Commits tried, by the worker's own log: of a request's trips the first one loads. */
function triesIn(log: string): number {
  // A line of the worker stands in a line of workerd's, as the text of its message.
  return readFileSync(log, 'utf8')
    .split('\n')
    .reduce((tries, line) => {
      const trips = /\/v1\/track.*?\\"trips\\":(\d+)/.exec(line)?.[1]
      return trips === undefined ? tries : tries + Number(trips) - 1
    }, 0)
}

async function measure(name: string, variables: Readonly<Record<string, string>>): Promise<string> {
  const log = join(tmpdir(), `tsugi-bench-hot-${randomUUID()}.log`)
  const site = await startSite(variables, log)
  try {
    await site.publish(configurationOf({ segments: 10, actions: 2, placements: 1 }))
    const { busy, seconds, sends } = await storm(site)
    const landed = sends.length
    return (
      `| ${name} | ${number(landed)} of ${number(EVENTS)} | ${number(triesIn(log) / EVENTS, 1)} | ` +
      `${number(busy)} of ${number(EVENTS + busy)} requests | ${quantile(sends, 0.5)}, ${Math.max(...sends)} | ${number(EVENTS / seconds)} |`
    )
  } finally {
    await site.stop()
    rmSync(log, { force: true })
  }
}

async function run(): Promise<Report> {
  const redis = await startRedisProcess()
  try {
    const lines = [
      await measure('D1', {}),
      await measure('Redis', {
        TSUGI_STORE: 'redis',
        UPSTASH_REDIS_REST_URL: redis.url,
        UPSTASH_REDIS_REST_TOKEN: redis.token,
      }),
    ]
    return {
      rows: [],
      notes: [
        `${SENDERS} senders at once on one profile, ${EVENTS_EACH} events each, one event a request; a sender that gets a 503 comes again:\n\n` +
          '| store | landed | commits tried for an event | 503s | sends of an event: median, worst | events a second |\n|---|--:|--:|--:|--:|--:|\n' +
          lines.join('\n'),
      ],
    }
  } finally {
    await redis.stop()
  }
}

export const hotProfileBench: Bench = {
  about: '64 senders on one profile: commits tried and 503s, on both stores',
  run,
}
