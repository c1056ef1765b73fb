/**
 * The worker as it ships, with a gate around each of its writes and a clock that
 * can be set. Bundled by test/chaos/kill-points/site.ts; deployed nowhere.
 */
import worker from '../../../../worker/index.ts'
import type { Env } from '../../../../worker/env.ts'
import type { Account, Setting } from '../../../chaos/kill-points/arming.ts'
import { arm, passedPoints, watch } from './gate.ts'
import { watchedD1, watchedR2, watchPostgres, watchRedis } from './watched.ts'

const realNowMs = Date.now.bind(Date)
let aheadMs = 0
Date.now = () => realNowMs() + aheadMs

let watched: Env | undefined
function watchedEnv(env: Env): Env {
  if (watched !== undefined) return watched
  watchPostgres()
  if (env.UPSTASH_REDIS_REST_URL !== undefined) watchRedis(env.UPSTASH_REDIS_REST_URL)
  return (watched = { ...env, DB: watchedD1(env.DB), BUCKET: watchedR2(env.BUCKET) })
}

async function account({ DB }: Env): Promise<Account> {
  const unfinished = await DB.prepare(
    `SELECT (SELECT count(*) FROM manifest WHERE state <> 'done') +
       (SELECT count(*) FROM compaction) AS n`,
  ).first<number>('n')
  return { passed: passedPoints(), unfinished: unfinished ?? -1 }
}

// oxlint-disable-next-line import/no-default-export -- what workerd runs
export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== '/kill-points') {
      return worker.fetch(request, watchedEnv(env), ctx)
    }
    if (request.method === 'POST') {
      const { clockMs, arming } = await request.json<Setting>()
      aheadMs = clockMs - realNowMs()
      arm(arming)
    }
    return Response.json(await account(env))
  },
  scheduled: (controller, env, ctx) =>
    watch(() => worker.scheduled(controller, watchedEnv(env), ctx)),
} satisfies ExportedHandler<Env>
