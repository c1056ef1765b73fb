import { afterAll } from 'vitest'
import { crashSuite } from './crash-suite.ts'
import { redisOutboxOf } from './redis-outbox.ts'

const { remove, ...redis } = await redisOutboxOf()
afterAll(remove)

crashSuite('Redis', redis)
