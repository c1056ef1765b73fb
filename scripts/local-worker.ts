/**
 * The deployed bundle on workerd, on this machine, with a D1 and an R2 in a
 * folder. In this process here; in one of its own, which a test may kill, by
 * `startWorkerProcess` in local-worker/process.ts.
 */
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Miniflare } from 'miniflare'
import { ROOT } from './build/root.ts'
import { waitUntilHealthy } from './local-worker/health.ts'
import { migrate } from './local-worker/migrate.ts'
import { lockState } from './local-worker/state-lock.ts'
import { miniflareOptions, type LocalWorkerOptions, type LogLine } from './local-worker/options.ts'

export type { LocalWorkerOptions, LogLine }

export interface LocalWorker {
  /** Without a slash at its end: http://127.0.0.1:8787 */
  readonly url: string
  /** One run of the cron trigger; throws when the handler did. */
  runScheduled(): Promise<void>
  /** The worker's own D1 and R2, to look into. */
  database(): ReturnType<Miniflare['getD1Database']>
  bucket(): ReturnType<Miniflare['getR2Bucket']>
  stop(): Promise<void>
}

/** Migrated and healthy when it resolves; throws PortTakenError, StateInUseError, or what kept it from starting. */
export async function startLocalWorker(
  options: LocalWorkerOptions,
  onLog: (line: LogLine) => void = () => {},
): Promise<LocalWorker> {
  if (options.port) await assertPortFree(options.port)
  const unlock = await lockState(options.stateFolder)
  tieWorkerdToUs()
  const miniflare = new Miniflare(miniflareOptions(options, onLog))
  const stop = async (): Promise<void> => {
    await miniflare.dispose()
    await unlock()
  }
  try {
    const url = (await miniflare.ready).origin
    await migrate(await miniflare.getD1Database('DB'))
    await waitUntilHealthy(url)
    return {
      url,
      runScheduled: () => runScheduled(miniflare),
      database: () => miniflare.getD1Database('DB'),
      bucket: () => miniflare.getR2Bucket('BUCKET'),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Miniflare reads the path of workerd from the environment. */
function tieWorkerdToUs(): void {
  const requireOfMiniflare = createRequire(import.meta.resolve('miniflare'))
  const { default: workerd } = requireOfMiniflare('workerd') as { default: string }
  process.env['TSUGI_WORKERD'] ??= process.env['MINIFLARE_WORKERD_PATH'] ?? workerd
  process.env['MINIFLARE_WORKERD_PATH'] = join(ROOT, 'scripts/local-worker/workerd.sh')
}

async function runScheduled(miniflare: Miniflare): Promise<void> {
  const worker = await miniflare.getWorker()
  const { outcome } = await worker.scheduled({ cron: '* * * * *', scheduledTime: new Date() })
  if (outcome !== 'ok') throw new Error(`The scheduled handler ended with "${outcome}".`)
}

export class PortTakenError extends Error {
  override readonly name = 'PortTakenError'
  readonly port: number

  constructor(port: number) {
    super(`Port ${port} is taken.`)
    this.port = port
  }
}

/** workerd itself would only say that it could not start. */
export async function assertPortFree(port: number): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortTakenError(port) : error)
    })
    server.listen(port, '127.0.0.1', resolve)
  })
  await new Promise((resolve) => server.close(resolve))
}
