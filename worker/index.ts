import { app } from './app.ts'
import {
  compactDeps,
  drainDeps,
  evictionWarning,
  log,
  requestDeps,
  sinkRooms,
  snapshotDeps,
} from './deps.ts'
import type { Env } from './env.ts'
import { compact } from './flow/compact.ts'
import { drain } from './flow/drain.ts'
import { feed } from './flow/feed.ts'
import { learn } from './flow/learn.ts'
import { snapshot } from './flow/snapshot.ts'
import { sweep } from './flow/sweep.ts'

export default {
  fetch: app.fetch,
  /** A bounded piece of each job, and one line about each. */
  async scheduled({ scheduledTime }, env, ctx) {
    const failed: unknown[] = []
    const noting = async (
      line: Readonly<Record<string, string>>,
      run: () => Promise<object | null>,
    ) => {
      // One in trouble holds up none of the others, and is not passed over either.
      try {
        log({ level: 'info', ...line, scheduledTime, ...(await run()) })
      } catch (error) {
        const told = error instanceof Error ? error.message : String(error)
        log({ level: 'error', ...line, scheduledTime, error: told })
        failed.push(error)
      }
    }
    const warning = await evictionWarning(env)
    if (warning !== null) log({ level: 'error', job: 'drain', scheduledTime, warning })
    await Promise.all([
      toWarehouse(env, noting).then(() =>
        // What was just added up is learned from.
        noting({ job: 'learn' }, () => learn(requestDeps(env, ctx))),
      ),
      noting({ job: 'sweep' }, () => sweep(requestDeps(env, ctx))),
    ])
    if (failed.length > 0) throw failed[0]
  },
} satisfies ExportedHandler<Env>

type Noting = (
  line: Readonly<Record<string, string>>,
  run: () => Promise<object | null>,
) => Promise<void>

/** Files first, since the sinks follow them. */
async function toWarehouse(env: Env, noting: Noting): Promise<void> {
  const holder = crypto.randomUUID()
  // One after the other: each needs memory, and there may be many.
  for (const deps of drainDeps(env)) {
    await noting({ job: 'drain', shard: deps.outbox.shard }, () => drain(deps, { holder }))
  }
  await noting({ job: 'snapshot' }, () => snapshot(snapshotDeps(env), { holder }))
  const feeding = (await sinkRooms(env)).map(async ({ sink, feeds }) => {
    for (const deps of feeds) {
      const line = { job: 'feed', sink: sink.name, shard: deps.shard }
      await noting(line, () => feed(deps, { holder }))
    }
    await sink.close()
  })
  const compacting = async (): Promise<void> => {
    for (const deps of compactDeps(env)) {
      await noting({ job: 'compact', shard: deps.shard }, () => compact(deps, { holder }))
    }
  }
  await Promise.all([...feeding, compacting()])
}
