/**
 * The whole demo on this machine: the worker with the demo's configuration,
 * its cron, and the shop in front of it. `npm start` and the end-to-end tests
 * run it. It expects what `npm run build` makes.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { adminApi } from '../../cli/admin-api.ts'
import { DEMO_TOKEN } from '../../cli/connection.ts'
import { ROOT } from '../build/root.ts'
import {
  assertPortFree,
  startLocalWorker,
  type LocalWorker,
  type LocalWorkerOptions,
  type LogLine,
} from '../local-worker.ts'
import { publishDemo } from './publish-demo.ts'
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
  readonly rateLimitPerMinute?: LocalWorkerOptions['rateLimitPerMinute']
  readonly onLog: (line: LogLine) => void
}

export interface Demo {
  readonly worker: LocalWorker
  /** null while there is no shop. */
  readonly shopUrl: string | null
  /** The release that the start published; null if it was active already. */
  readonly published: number | null
  stop(): Promise<void>
}

interface Shop {
  readonly url: string
  stop(): Promise<void>
}
/** What demo/server.ts exports as `serve`. */
type Serve = (options: { port: number; workerUrl: string }) => Promise<Shop>

export async function startDemo(options: DemoOptions): Promise<Demo> {
  const shopPort = options.port === 0 ? 0 : options.port + 1
  if (shopPort !== 0) await assertPortFree(shopPort)
  const worker = await startLocalWorker(
    {
      stateFolder: options.stateFolder,
      port: options.port,
      vars: {
        TSUGI_DEMO: '1',
        ADMIN_TOKEN: DEMO_KEYS.adminToken,
        SIGNING_KEY: await signingKey(options.stateFolder),
      },
      ...(options.rateLimitPerMinute === undefined
        ? {}
        : { rateLimitPerMinute: options.rateLimitPerMinute }),
    },
    options.onLog,
  )
  const stops = [() => worker.stop()]
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end()
  }
  try {
    const api = adminApi({ url: worker.url, token: DEMO_KEYS.adminToken })
    const published = await publishDemo(api, join(ROOT, 'demo/tsugi.json'), options.stateFolder)
    if (options.cronSeconds > 0) {
      stops.push(
        startScheduler(
          () => worker.runScheduled(),
          options.cronSeconds * 1000,
          (error) => options.onLog({ level: 'error', message: `cron: ${String(error)}` }),
        ),
      )
    }
    const shop = await startShop(shopPort, worker.url)
    if (shop !== null) stops.push(() => shop.stop())
    return { worker, shopUrl: shop?.url ?? null, published, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startShop(port: number, workerUrl: string): Promise<Shop | null> {
  const path = join(ROOT, 'demo/server.ts')
  if (!existsSync(path)) return null
  const { serve } = (await import(path)) as { serve: Serve }
  return serve({ port, workerUrl })
}
