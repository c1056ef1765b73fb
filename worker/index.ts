import { app } from './app.ts'
import { drainDeps, evictionWarning, log, requestDeps } from './deps.ts'
import type { Env } from './env.ts'
import { drain } from './flow/drain.ts'
import { sweep } from './flow/sweep.ts'

export default {
  fetch: app.fetch,
  /** A bounded piece of each job, and one line about each. */
  async scheduled({ scheduledTime }, env, ctx) {
    const warning = await evictionWarning(env)
    if (warning !== null) log({ level: 'error', job: 'drain', scheduledTime, warning })
    const runs = drainDeps(env).map(async (deps) => {
      const result = await drain(deps, { holder: crypto.randomUUID() })
      log({ level: 'info', job: 'drain', shard: deps.outbox.shard, scheduledTime, ...result })
    })
    const sweeping = sweep(requestDeps(env, ctx)).then((result) =>
      log({ level: 'info', job: 'sweep', scheduledTime, ...result }),
    )
    // One in trouble holds up none of the others, and is not passed over either.
    const failed = (await Promise.allSettled([...runs, sweeping])).filter(
      ({ status }) => status === 'rejected',
    )
    const [first] = failed as PromiseRejectedResult[]
    if (first !== undefined) throw first.reason
  },
} satisfies ExportedHandler<Env>
