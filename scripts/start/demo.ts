/**
 * The whole demo on this machine: the worker with the demo's configuration,
 * its cron, and the shop in front of it. `npm start` and the end-to-end tests
 * run it. It expects what `npm run build` makes.
 */
import { adminApi } from '../../cli/admin-api.ts'
import { DEMO_TOKEN } from '../../cli/connection.ts'
import { demoConfiguration } from '../../demo/config.ts'
import { serve } from '../../demo/server.ts'
import {
  assertPortFree,
  startLocalWorker,
  type LocalWorker,
  type LocalWorkerOptions,
  type LogLine,
} from '../local-worker.ts'
import { publishDemo } from './publish-demo.ts'
import { startLocalRedis, type LocalRedis } from './redis.ts'
import { startScheduler } from './scheduler.ts'
import { signingKey } from './signing-key.ts'

/** Whoever holds these may use the demo; a worker without TSUGI_DEMO refuses them. */
export const DEMO_KEYS = { writeKey: 'wk_demo', secretKey: 'sk_demo', adminToken: DEMO_TOKEN }

export interface DemoOptions {
  readonly stateFolder: string
  /** The worker's; the shop takes the next one. 0 takes free ones for both. */
  readonly port: number
  /** How often cron runs; 0 leaves that to `worker.runScheduled()`. */
  readonly cronSeconds: number
  /** Where profiles and the outbox live; d1 by default. */
  readonly store?: 'd1' | 'redis'
  readonly rateLimitPerMinute?: LocalWorkerOptions['rateLimitPerMinute']
  readonly onLog: (line: LogLine) => void
}

export interface Demo {
  readonly worker: LocalWorker
  readonly shopUrl: string
  /** The release that the start published; null if it was active already. */
  readonly published: number | null
  /** The release that is active instead of the demo's; null where the demo's is. */
  readonly active: number | null
  /** null where D1 holds the profiles. */
  readonly redis: LocalRedis | null
  stop(): Promise<void>
}

export async function startDemo(options: DemoOptions): Promise<Demo> {
  const shopPort = options.port === 0 ? 0 : options.port + 1
  if (shopPort !== 0) await assertPortFree(shopPort)
  const redis = options.store === 'redis' ? await startLocalRedis(options.stateFolder) : null
  const stops: (() => Promise<void>)[] = redis === null ? [] : [() => redis.stop()]
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end()
  }
  try {
    const worker = await startLocalWorker(
      {
        stateFolder: options.stateFolder,
        port: options.port,
        vars: {
          TSUGI_DEMO: '1',
          ADMIN_TOKEN: DEMO_KEYS.adminToken,
          SIGNING_KEY: await signingKey(options.stateFolder),
          // Who sees a decision here asks why of it at once.
          DECISION_LOG_GATHER_MS: '0',
          ...redis?.vars,
        },
        ...(options.rateLimitPerMinute === undefined
          ? {}
          : { rateLimitPerMinute: options.rateLimitPerMinute }),
      },
      options.onLog,
    )
    stops.push(() => worker.stop())
    const shop = await serve({ port: shopPort, workerUrl: worker.url })
    stops.push(() => shop.stop())
    const { port } = new URL(shop.url)
    const { published, active } = await publishDemo(
      adminApi({ url: worker.url, token: DEMO_KEYS.adminToken }),
      await demoConfiguration({
        origins: [`http://localhost:${port}`, `http://127.0.0.1:${port}`],
      }),
      options.stateFolder,
    )
    if (options.cronSeconds > 0) {
      stops.push(
        startScheduler(
          () => worker.runScheduled(),
          options.cronSeconds * 1000,
          (error) => options.onLog({ level: 'error', message: `cron: ${String(error)}` }),
        ),
      )
    }
    return { worker, shopUrl: shop.url, published, active, redis, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
