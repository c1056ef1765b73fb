/** The worker's own Redis store over a real redis-server, in this process. */
import { join } from 'node:path'
import { ROOT } from '../../scripts/build/root.ts'
import { startBridge } from '../../test/support/redis/bridge.ts'
import { startRedisServer } from '../../test/support/redis/server.ts'
import type { Identifier } from '../../worker/core/identity/identifier.ts'
import type { Ids, ProfileStore } from '../../worker/flow/ports.ts'
import { REDIS_DEFAULTS, type RedisSettings } from '../../worker/store/redis/settings.ts'
import { LOCAL_IDS } from '../shop/local-ports.ts'

export interface RedisRoom {
  readonly store: ProfileStore
  /** New people are found in one trip by an id made of their first identifier. */
  readonly ids: Ids
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
    redisRoom: (
      of: RedisSettings,
      key: string,
    ) => { profiles(meter: object): ProfileStore; profileIdOf: (first: Identifier) => string }
  }
  const room = redisRoom(settings, 'a key of the benchmark')
  return {
    store: room.profiles({ trips: 0 }),
    ids: {
      ...LOCAL_IDS,
      profileId: (first, attempt) =>
        attempt > 0 ? LOCAL_IDS.profileId(first, attempt) : room.profileIdOf(first),
    },
    counted: () => bridge.counted(),
    stop: async () => {
      await bridge.close()
      await server.remove()
    },
  }
}
