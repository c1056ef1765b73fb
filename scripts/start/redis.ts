/**
 * `npm start -- --store redis`: a redis-server of the state folder's own, and
 * in front of it the bridge that the tests use, since nothing else speaks
 * Upstash's REST over a plain Redis.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { startBridge } from '../../test/support/redis/bridge.ts'
import { respClient } from '../../test/support/redis/resp.ts'
import { startRedisServer } from '../../test/support/redis/server.ts'
import { lockState } from '../local-worker/state-lock.ts'
import { findProgram } from '../system/find.ts'

export interface LocalRedis {
  /** What the worker needs to know of it. */
  readonly vars: Readonly<Record<string, string>>
  /** What it is, for whoever started it. */
  readonly description: string
  stop(): Promise<void>
}

export class NoRedisError extends Error {
  override readonly name = 'NoRedisError'
}

/** Throws NoRedisError, or StateInUseError where another one holds the folder. */
export async function startLocalRedis(stateFolder: string): Promise<LocalRedis> {
  if (findProgram(['redis-server']) === null) {
    throw new NoRedisError('There is no redis-server on this machine: apt-get install redis-server')
  }
  const folder = join(stateFolder, 'redis')
  const stops: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end()
  }
  try {
    // Two servers on one append-only file would ruin it.
    stops.push(await lockState(folder))
    const server = await startRedisServer({ folder, fsync: 'always' })
    stops.push(() => server.remove())
    const policy = await evictionPolicy(server.socketPath)
    const bridge = await startBridge({
      socketPath: server.socketPath,
      token: randomBytes(16).toString('hex'),
    })
    stops.push(() => bridge.close())
    return {
      vars: {
        TSUGI_STORE: 'redis',
        UPSTASH_REDIS_REST_URL: bridge.url,
        UPSTASH_REDIS_REST_TOKEN: bridge.token,
      },
      description: `redis-server in ${folder} (appendonly, fsync always, ${policy}), bridge at ${bridge.url}`,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A full Redis must refuse to write, never throw profiles away. */
async function evictionPolicy(socketPath: string): Promise<string> {
  const client = await respClient(socketPath)
  const reply = await client.send(['CONFIG', 'GET', 'maxmemory-policy'])
  client.close()
  const policy = Array.isArray(reply) ? String(reply[1]) : 'unknown'
  if (policy !== 'noeviction') {
    throw new NoRedisError(
      `redis-server would evict keys (maxmemory-policy ${policy}); noeviction is needed`,
    )
  }
  return policy
}
