/** The two outboxes that the warehouse drains, filled past the worker. */
import { DatabaseSync } from 'node:sqlite'
import { scriptText, COMMIT } from '../../worker/store/redis/scripts.ts'
import { redisKeys } from '../../worker/store/redis/keys.ts'
import { REDIS_DEFAULTS } from '../../worker/store/redis/settings.ts'
import { databaseFile } from '../../test/chaos/state-folder.ts'
import { startRedisProcess } from '../http/redis-process.ts'
import { eventRecord } from './events.ts'

export type OutboxName = 'D1' | 'Redis'

export interface Outbox {
  readonly name: OutboxName
  /** Variables of the worker. */
  readonly vars: Readonly<Record<string, string>>
  /**
   * Adds so many events, rounded up to a whole number of pages, all of this hour.
   * @param stateFolder of a worker that was started there once and runs no more
   */
  fill(stateFolder: string, events: number): Promise<void>
  remove(): Promise<void>
}

export const openOutbox = (name: OutboxName): Promise<Outbox> =>
  name === 'D1' ? Promise.resolve(d1) : redis()

const ENTRY_EVENTS = 2
/** Put down in one go. */
const PAGE_ENTRIES = 500

/** The bodies of a page; every message has an id of its own. */
const bodiesOf = (page: number, nowMs: number): string[] =>
  Array.from({ length: PAGE_ENTRIES }, (_, n) => {
    const first = ENTRY_EVENTS * (page * PAGE_ENTRIES + n)
    const records = Array.from({ length: ENTRY_EVENTS }, (__, i) => ({
      ...eventRecord(first + i, nowMs),
      receivedAtMs: nowMs,
    }))
    return JSON.stringify({ v: 1, records })
  })

const pagesOf = (events: number): number => Math.ceil(events / ENTRY_EVENTS / PAGE_ENTRIES)

const d1: Outbox = {
  name: 'D1',
  vars: {},
  async fill(stateFolder, events) {
    const nowMs = Date.now()
    const database = new DatabaseSync(await databaseFile(stateFolder))
    try {
      const insert = database.prepare(
        'INSERT INTO outbox (commit_id, received_ms, body) VALUES (?, ?, ?)',
      )
      database.exec('BEGIN')
      for (let page = 0; page < pagesOf(events); page++) {
        bodiesOf(page, nowMs).forEach((body, n) => insert.run(`page-${page}-${n}`, nowMs, body))
      }
      database.exec('COMMIT')
    } finally {
      database.close()
    }
  },
  remove: () => Promise.resolve(),
}

/** A real redis-server behind the bridge, filled by the very script of a commit. */
async function redis(): Promise<Outbox> {
  const server = await startRedisProcess()
  const keys = redisKeys(REDIS_DEFAULTS.prefix)
  const stream = keys.outbox(0)
  const send = async (...command: (string | number)[]): Promise<void> => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}` },
      body: JSON.stringify(command),
    })
    const { error } = (await response.json()) as { error?: string }
    if (error !== undefined) throw new Error(error)
  }
  return {
    name: 'Redis',
    vars: {
      TSUGI_STORE: 'redis',
      UPSTASH_REDIS_REST_URL: server.url,
      UPSTASH_REDIS_REST_TOKEN: server.token,
    },
    async fill(_stateFolder, events) {
      const nowMs = Date.now()
      const script = scriptText(COMMIT, false)
      for (let page = 0; page < pagesOf(events); page++) {
        const bodies = bodiesOf(page, nowMs)
        const counts = [bodies.length, 0, 0, 0]
        const commit = [script, 2, stream, keys.lastPosition(0), `page-${page}`, nowMs]
        await send('EVAL', ...commit, ...counts, ...bodies)
      }
    },
    remove: () => server.stop(),
  }
}
