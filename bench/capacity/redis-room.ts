/** The worker's own Redis store over a real redis-server, in this process. */
import { join } from 'node:path'
import { ROOT } from '../../scripts/build/root.ts'
import { startBridge } from '../../test/support/redis/bridge.ts'
import { startRedisServer } from '../../test/support/redis/server.ts'
import type { ProfileStore } from '../../worker/flow/ports.ts'
import { REDIS_DEFAULTS, type RedisSettings } from '../../worker/store/redis/settings.ts'

export interface RedisRoom {
  readonly store: ProfileStore
  /** Requests and commands that came to the bridge since the last call. */
  counted(): { requests: number; commands: number }
  stop(): Promise<void>
}

export async function redisRoomOf(): Promise<RedisRoom> {
  const server = await startRedisServer({ fsync: 'everysec' })
  const bridge = await startBridge({ socketPath: server.socketPath, token: 'bench' })
  const settings: RedisSettings = { ...REDIS_DEFAULTS, url: bridge.url, token: bridge.token }
  // By path, since its types are the platform's, which programs of Node are not checked with.
  const { redisRoom } = (await import(join(ROOT, 'worker/store/redis/redis-room.ts'))) as {
    redisRoom: (of: RedisSettings, key: string) => { profiles(meter: object): ProfileStore }
  }
  return {
    store: redisRoom(settings, 'a key of the benchmark').profiles({ trips: 0 }),
    counted: () => bridge.counted(),
    stop: async () => {
      await bridge.close()
      await server.remove()
    },
  }
}
