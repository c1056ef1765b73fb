/** The stores that chaos is let loose on: what holds profiles and outbox, and how to kill it. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { startBridge } from '../support/redis/bridge.ts'
import { respClient } from '../support/redis/resp.ts'
import { startRedisServer } from '../support/redis/server.ts'

export interface Backing {
  /** Variables of the worker. */
  readonly vars: Readonly<Record<string, string>>
  /** Of the redis-server; null where D1, inside the worker's own process, is the store. */
  readonly redisSocket: string | null
  /** SIGKILL; nothing where the store dies with the worker. */
  kill(): Promise<void>
  /** The same data again, and ready for the worker. */
  start(): Promise<void>
  remove(): Promise<void>
}

export type StoreName = 'D1' | 'Redis'

export const openBacking = (store: StoreName, stateFolder: string): Promise<Backing> =>
  store === 'D1' ? Promise.resolve(d1) : redis(join(stateFolder, 'redis'))

const nothing = (): Promise<void> => Promise.resolve()
const d1: Backing = {
  vars: {},
  redisSocket: null,
  kill: nothing,
  start: nothing,
  remove: nothing,
}

/** More than one, so that one person's commits lie in several streams. */
const SHARDS = 2

/**
 * `appendfsync always`, since the promise is that what was acked is there: with
 * it Redis answers when the command is on the disk. With `everysec` it answers
 * before, and by up to two seconds when the disk is slow: then even the
 * kernel does not have it yet, and a SIGKILL of the process loses it.
 */
async function redis(folder: string): Promise<Backing> {
  const server = await startRedisServer({ folder, fsync: 'always' })
  const token = createHash('sha256').update(folder).digest('hex')
  // The way there is no part of the store: it lives on, as a network does.
  const bridge = await startBridge({ socketPath: server.socketPath, token })
  const answers = async (): Promise<boolean> => {
    const response = await fetch(bridge.url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: '["PING"]',
    })
    await response.arrayBuffer()
    return response.ok
  }
  return {
    vars: {
      TSUGI_STORE: 'redis',
      UPSTASH_REDIS_REST_URL: bridge.url,
      UPSTASH_REDIS_REST_TOKEN: token,
      REDIS_OUTBOX_SHARDS: String(SHARDS),
      // A busy machine is no fault of the store's.
      REDIS_TIMEOUT_MS: '60000',
    },
    redisSocket: server.socketPath,
    kill: () => server.kill(),
    start: async () => {
      await server.start()
      // The bridge's connection broke with the server; it finds out when it is next used.
      if (!(await answers()) && !(await answers())) throw new Error('the bridge does not recover')
    },
    remove: async () => {
      await bridge.close()
      await server.remove()
    },
  }
}

/** One command past the bridge. */
export async function askRedis(socket: string, commands: readonly (string | number)[][]) {
  const client = await respClient(socket)
  try {
    return await Promise.all(commands.map((command) => client.send(command)))
  } finally {
    client.close()
  }
}
