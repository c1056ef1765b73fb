import { onD1 } from './outbox-under-test.ts'
import { wholeWaySuite } from './whole-way-suite.ts'

await wholeWaySuite('D1', onD1)
