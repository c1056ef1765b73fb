import { env } from 'cloudflare:workers'
import { createExecutionContext } from 'cloudflare:test'
import { afterAll } from 'vitest'
import { requestDeps } from '../../worker/deps.ts'
import type { Env } from '../../worker/env.ts'
import { openRedis } from '../support/workerd/redis.ts'
import { publish } from '../worker/site.ts'
import { listContract } from './list-contract.ts'
import { takeOffContract } from './take-off-contract.ts'
import { sweepContract } from './sweep-contract.ts'

const redis = await openRedis({ outboxShards: 3 })
afterAll(() => redis.remove())

const onRedis = { ...(env as unknown as Env), ...redis.variables }
const deps = () => requestDeps(onRedis, createExecutionContext())
// The first to ask decides for the isolate.
deps()

sweepContract('Redis', { deps, publish })
listContract('Redis', { deps, publish })
takeOffContract('Redis', { deps, publish })
