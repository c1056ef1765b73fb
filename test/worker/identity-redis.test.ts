import { afterAll } from 'vitest'
import { openRedis } from '../support/workerd/redis.ts'
import { identitySuite } from './identity-suite.ts'
import { redisSpoil } from './spoil-redis.ts'

// One person's commits lie in several streams.
const redis = await openRedis({ outboxShards: 3 })
afterAll(() => redis.remove())

identitySuite('Redis', redisSpoil(redis))
