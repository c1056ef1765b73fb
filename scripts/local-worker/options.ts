/** wrangler.toml as Miniflare wants it, so that local and deployed cannot drift apart. */
import { dirname, join } from 'node:path'
import { convertV4MiniflareOptions, type MiniflareOptions, type V4WorkerOptions } from 'miniflare'
import { unstable_getMiniflareWorkerOptions as readWranglerToml } from 'wrangler'
import { ROOT } from '../build/root.ts'

export interface LocalWorkerOptions {
  /** D1 and R2 live here; what was committed survives a SIGKILL. */
  readonly stateFolder: string
  /** On 127.0.0.1; 0, the default, takes a free one. */
  readonly port?: number
  /** Secrets and variables, over those of wrangler.toml. */
  readonly vars?: Readonly<Record<string, string>>
  /** Per public key and address; null takes the limit away. Default: wrangler.toml's. */
  readonly rateLimitPerMinute?: number | null
  /** Databases behind Hyperdrive bindings, by the binding's name. */
  readonly hyperdrives?: Readonly<Record<string, string>>
  /** The bundle to run; dist/worker/index.js by default (`npm run build`). */
  readonly scriptPath?: string
}

export interface LogLine {
  readonly level: string
  readonly message: string
}

export function miniflareOptions(
  options: LocalWorkerOptions,
  onLog: (line: LogLine) => void,
): MiniflareOptions {
  const read = readWranglerToml(join(ROOT, 'wrangler.toml')).workerOptions as V4WorkerOptions
  // The bundle is one file of JavaScript: rules for other kinds of modules have nothing to match.
  const { modulesRules: _, ...wrangler } = read
  const scriptPath = options.scriptPath ?? join(ROOT, 'dist/worker/index.js')
  const worker: V4WorkerOptions = {
    ...wrangler,
    name: 'tsugi',
    rootPath: ROOT,
    modules: true,
    scriptPath,
    modulesRoot: dirname(scriptPath),
    bindings: { ...wrangler.bindings, ...options.vars },
    hyperdrives: { ...options.hyperdrives },
    ratelimits: rateLimits(wrangler.ratelimits ?? {}, options.rateLimitPerMinute),
  }
  return convertV4MiniflareOptions({
    host: '127.0.0.1',
    port: options.port ?? 0,
    resourcePersistencePath: options.stateFolder,
    logRequests: false,
    telemetry: { enabled: false },
    handleStructuredLogs: onLog,
    handleUncaughtError: (error) =>
      onLog({ level: 'error', message: error.stack ?? String(error) }),
    workers: [worker],
  })
}

type RateLimits = NonNullable<V4WorkerOptions['ratelimits']>

function rateLimits(limits: RateLimits, perMinute: number | null | undefined): RateLimits {
  if (perMinute === undefined) return limits
  if (perMinute === null) return {}
  const simple = { limit: perMinute, period: 60 as const }
  return Object.fromEntries(
    Object.entries(limits).map(([name, limit]) => [name, { ...limit, simple }]),
  )
}
