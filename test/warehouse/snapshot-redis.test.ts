import { afterAll } from 'vitest'
import { redisClient } from '../../worker/store/redis/client.ts'
import { redisKeys } from '../../worker/store/redis/keys.ts'
import { profileIdOf } from '../../worker/store/redis/profile-id.ts'
import { redisProfileStore } from '../../worker/store/redis/profile-store.ts'
import { openRedis } from '../support/workerd/redis.ts'
import { snapshotSuite } from './snapshot-suite.ts'

const redis = await openRedis()
afterAll(() => redis.remove())

snapshotSuite('Redis', {
  store: redisProfileStore(redisClient(redis.settings), redisKeys('tsugi:'), profileIdOf('k'), {
    trips: 0,
  }),
  clear: async () => void (await redis.command('FLUSHALL')),
})
