import { app } from './app.ts'
import { drainDeps, evictionWarning, log } from './deps.ts'
import type { Env } from './env.ts'
import { drain } from './flow/drain.ts'

export default {
  fetch: app.fetch,
  /** A bounded piece of the way to the warehouse, and one line about each shard. */
  async scheduled({ scheduledTime }, env) {
    const warning = await evictionWarning(env)
    if (warning !== null) log({ level: 'error', job: 'drain', scheduledTime, warning })
    const runs = drainDeps(env).map(async (deps) => {
      const result = await drain(deps, { holder: crypto.randomUUID() })
      log({ level: 'info', job: 'drain', shard: deps.outbox.shard, scheduledTime, ...result })
    })
    // One shard in trouble holds up none of the others, and is not passed over either.
    const failed = (await Promise.allSettled(runs)).filter(({ status }) => status === 'rejected')
    const [first] = failed as PromiseRejectedResult[]
    if (first !== undefined) throw first.reason
  },
} satisfies ExportedHandler<Env>
