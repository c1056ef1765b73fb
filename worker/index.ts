import { app } from './app.ts'
import { drainDeps, log } from './deps.ts'
import type { Env } from './env.ts'
import { drain } from './flow/drain.ts'

export default {
  fetch: app.fetch,
  /** A bounded piece of the way to the warehouse, and one line about it. */
  async scheduled({ scheduledTime }, env) {
    const result = await drain(drainDeps(env), { holder: crypto.randomUUID() })
    log({ level: 'info', job: 'drain', scheduledTime, ...result })
  },
} satisfies ExportedHandler<Env>
