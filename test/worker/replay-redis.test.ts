import { afterAll } from 'vitest'
import { openRedis } from '../support/workerd/redis.ts'
import { replayFaultsSuite } from './replay-faults-suite.ts'
import { replaySite } from './replay-site.ts'
import { replaySuite } from './replay-suite.ts'
import { redisSpoil } from './spoil-redis.ts'

// One person's commits lie in several streams.
const redis = await openRedis({ outboxShards: 3 })
afterAll(() => redis.remove())

const site = replaySite(redisSpoil(redis))
replaySuite('Redis', site)
replayFaultsSuite('Redis', site)
