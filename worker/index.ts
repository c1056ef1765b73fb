import { app } from './app.ts'
import type { Env } from './env.ts'
import { drainOutbox } from './scheduled.ts'

export default {
  fetch: app.fetch,
  scheduled: (event, env) => drainOutbox(env, event.scheduledTime),
} satisfies ExportedHandler<Env>
