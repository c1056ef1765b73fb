/**
 * Tsugi and the bare Worker side by side in one workerd, each on a socket of its
 * own that workerd itself listens on, over one and the same local D1. Nothing of
 * Node stands between the load and either of them.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions } from 'miniflare'
import { unstable_getMiniflareWorkerOptions as readWranglerToml } from 'wrangler'
import { ROOT } from '../../scripts/build/root.ts'
import { migrate } from '../../scripts/local-worker/migrate.ts'
import type { Configuration } from '../../worker/contract/config.ts'
import { LOAD, LOAD_ONE } from '../../worker/store/d1/statements.ts'
import { workerBundle } from './bundle.ts'
import { childNamed, cpuMicrosOf } from './cpu.ts'

export type Database = Awaited<ReturnType<Miniflare['getD1Database']>>

export interface Site {
  readonly ourPort: number
  readonly barePort: number
  readonly database: Database
  /** Of workerd, in microseconds so far; null on systems that do not tell. */
  cpuMicros(): number | null
  /** Publishes the configuration by the admin API; the epoch it is active under. */
  publish(config: Configuration): Promise<number>
  stop(): Promise<void>
}

const ADMIN_TOKEN = 'an-admin-token-of-the-benchmark'

/**
 * @param variables beside wrangler.toml's, for both workers
 * @param log a file for what the workers write; nowhere by default
 */
export async function startSite(
  variables: Readonly<Record<string, string>> = {},
  log = '/dev/null',
): Promise<Site> {
  const scriptPath = await workerBundle()
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-bench-state-'))
  useWorkerdThatWrites(log)
  const miniflare = new Miniflare(await optionsOf(scriptPath, folder, variables))
  const stop = async (): Promise<void> => {
    await miniflare.dispose()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await miniflare.ready
    const database = await miniflare.getD1Database('DB', 'tsugi')
    await migrate(database)
    const portOf = async (name: string): Promise<number> =>
      Number((await miniflare.unsafeGetDirectURL(name)).port)
    const ourPort = await portOf('tsugi')
    const workerd = childNamed('workerd')
    return {
      ourPort,
      barePort: await portOf('bare'),
      database,
      cpuMicros: () => (workerd === null ? null : cpuMicrosOf(workerd)),
      publish: (config) => publish(ourPort, config),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * Without wrangler.toml's rate limit and assets: Miniflare plays them by workers
 * of their own, at a price that the platform's have not.
 */
async function optionsOf(
  scriptPath: string,
  folder: string,
  variables: Readonly<Record<string, string>>,
) {
  const read = readWranglerToml(join(ROOT, 'wrangler.toml')).workerOptions as V4WorkerOptions
  const { d1Databases = {}, compatibilityDate = '', compatibilityFlags = [], bindings } = read
  const both = {
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
    modules: true as const,
    d1Databases,
    compatibilityDate,
    compatibilityFlags,
  } satisfies Partial<V4WorkerOptions>
  const tsugi: V4WorkerOptions = {
    ...both,
    name: 'tsugi',
    scriptPath,
    modulesRoot: dirname(scriptPath),
    bindings: {
      ...bindings,
      ...variables,
      ADMIN_TOKEN,
      SIGNING_KEY: 'a signing key of the benchmark, 32 bytes',
      // On a machine this busy a fallback would count as an answer.
      DECIDE_BUDGET_MS: '10000',
    },
  }
  const bare: V4WorkerOptions = {
    ...both,
    name: 'bare',
    script: await readFile(join(import.meta.dirname, 'bare-worker.mjs'), 'utf8'),
    bindings: { ...variables, LOAD: LOAD_ONE, LOAD_MANY: LOAD },
  }
  return convertV4MiniflareOptions({
    host: '127.0.0.1',
    port: 0,
    resourcePersistencePath: folder,
    logRequests: false,
    telemetry: { enabled: false },
    workers: [tsugi, bare],
  })
}

/** Miniflare reads the path of workerd from the environment. */
function useWorkerdThatWrites(log: string): void {
  process.env['TSUGI_BENCH_LOG'] = log
  const requireOfMiniflare = createRequire(import.meta.resolve('miniflare'))
  const { default: workerd } = requireOfMiniflare('workerd') as { default: string }
  process.env['TSUGI_WORKERD'] ??= process.env['MINIFLARE_WORKERD_PATH'] ?? workerd
  process.env['MINIFLARE_WORKERD_PATH'] = join(import.meta.dirname, 'workerd.sh')
}

async function publish(port: number, config: Configuration): Promise<number> {
  const call = async (path: string, method: string, body: unknown): Promise<{ epoch: number }> => {
    const response = await fetch(`http://127.0.0.1:${port}/admin/v1${path}`, {
      method,
      body: JSON.stringify(body),
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return (await response.json()) as { epoch: number }
  }
  await call('/configuration', 'PUT', config)
  return (await call('/releases', 'POST', { note: 'bench' })).epoch
}
