/** Before the tests of each file: the schema that a deployment would have. */
import { applyD1Migrations, type D1Migration } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { Env } from '../../../worker/env.ts'

declare global {
  namespace Cloudflare {
    /** What `env` from `cloudflare:workers` holds in tests. */
    interface Env extends TestEnv {}
  }
}
interface TestEnv extends Env {
  readonly TEST_MIGRATIONS: D1Migration[]
}

await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
