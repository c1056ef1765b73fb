/** A worker that stands still at a chosen write of its scheduled run, and is killed there. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ROOT } from '../../../scripts/build/root.ts'
import type { LocalWorkerOptions } from '../../../scripts/local-worker.ts'
import { wrangler } from '../../../scripts/wrangler.ts'
import { startMortalWorker } from '../mortal-worker.ts'
import type { Account, Setting } from './arming.ts'

/** The bundle of the worker with its gates; its path. */
export async function bundleInto(folder: string): Promise<string> {
  const entry = join(ROOT, 'test/support/workerd/kill-points/worker.ts')
  await wrangler(['deploy', entry, '--env', '', '--dry-run', '--outdir', folder])
  return join(folder, 'worker.js')
}

export interface KillSite {
  readonly url: string
  /** One scheduled run at that time, to its end. */
  tick(clockMs: number): Promise<void>
  /** Sets the clock. */
  setClock(clockMs: number): Promise<void>
  /** Of the last run, and of what it left. */
  account(): Promise<Account>
  /** Kills the run after that write and starts the worker again; false when it ended without coming there. */
  tickAndKill(clockMs: number, point: string): Promise<boolean>
  stop(): Promise<void>
}

export async function startKillSite(options: LocalWorkerOptions): Promise<KillSite> {
  const worker = await startMortalWorker(options)
  const { url } = worker
  let stands = (): void => undefined
  // Never answers: the worker waits until it is killed.
  const told = createServer(() => stands()).listen(0, '127.0.0.1')
  await once(told, 'listening')
  const tellUrl = `http://127.0.0.1:${(told.address() as AddressInfo).port}`

  const ask = async (setting?: Setting): Promise<Account> => {
    const init = setting && { method: 'POST', body: JSON.stringify(setting) }
    const response = await fetch(`${url}/kill-points`, init)
    if (!response.ok) throw new Error(`/kill-points: ${response.status} ${await response.text()}`)
    return (await response.json()) as Account
  }
  return {
    url,
    async tick(clockMs) {
      await ask({ clockMs, arming: null })
      await worker.runScheduled()
    },
    async setClock(clockMs) {
      await ask({ clockMs, arming: null })
    },
    account: () => ask(),
    async tickAndKill(clockMs, point) {
      const standing = new Promise<true>((resolve) => (stands = () => resolve(true)))
      await ask({ clockMs, arming: { point, tellUrl } })
      const ended = worker.runScheduled().then(() => false)
      if (!(await Promise.race([standing, ended]))) return false
      // The kill ends it.
      const died = ended.catch(() => true)
      await worker.kill()
      if (!(await died)) throw new Error(`the run ended although it stood after ${point}`)
      await worker.revive()
      return true
    },
    async stop() {
      told.closeAllConnections()
      told.close()
      await worker.stop()
    },
  }
}
