import { fill, outbox, outboxSize } from './warehouse.ts'
import { wholeWaySuite } from './whole-way-suite.ts'

await wholeWaySuite('D1', { outbox, clear: async () => {}, fill, size: outboxSize })
