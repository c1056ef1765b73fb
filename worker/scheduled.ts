/** What the cron does: a bounded piece of the way to the warehouse, and one line about it. */
import { uuidv7 } from 'uuidv7'
import type { Env } from './env.ts'
import { drain, type DrainDeps } from './flow/drain.ts'
import { d1Leases } from './store/d1/lease.ts'
import { d1Manifests } from './store/d1/manifest.ts'
import { d1Outbox } from './store/d1/outbox-reader.ts'
import { encodeBatch } from './warehouse/encode-batch.ts'
import { r2Bucket } from './warehouse/r2-bucket.ts'

export const drainDeps = (env: Pick<Env, 'DB' | 'BUCKET'>): DrainDeps => ({
  clock: { nowMs: () => Date.now() },
  outbox: d1Outbox(env.DB),
  leases: d1Leases(env.DB),
  manifests: d1Manifests(env.DB),
  bucket: r2Bucket(env.BUCKET),
  encode: encodeBatch,
})

export async function drainOutbox(env: Env, scheduledMs: number): Promise<void> {
  const result = await drain(drainDeps(env), { holder: uuidv7() })
  // oxlint-disable-next-line no-console -- the platform's log is what console writes
  console.log(JSON.stringify({ level: 'info', job: 'drain', scheduledMs, ...result }))
}
