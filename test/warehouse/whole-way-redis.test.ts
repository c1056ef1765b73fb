import { afterAll } from 'vitest'
import { redisOutboxOf } from './redis-outbox.ts'
import { wholeWaySuite } from './whole-way-suite.ts'

const { remove, ...redis } = await redisOutboxOf()
afterAll(remove)

await wholeWaySuite('Redis', redis)
