/** A workerd on a state folder that is killed with SIGKILL and started again on the same folder and port. */
import type { LocalWorkerOptions } from '../../scripts/local-worker.ts'
import { startWorkerProcess } from '../../scripts/local-worker/process.ts'

export interface MortalWorker {
  /** Stays the same. */
  readonly url: string
  /** Fails when it is killed meanwhile. */
  runScheduled(): Promise<void>
  /** SIGKILL; resolves when it is dead. */
  kill(): Promise<void>
  revive(): Promise<void>
  /** A clean end, after which somebody else may open the state folder. */
  stop(): Promise<void>
}

export async function startMortalWorker(options: LocalWorkerOptions): Promise<MortalWorker> {
  let worker = await startWorkerProcess(options)
  const { url, port } = worker
  return {
    url,
    runScheduled: () => worker.runScheduled(),
    kill: () => worker.kill(),
    async revive() {
      worker = await startWorkerProcess({ ...options, port })
    },
    stop: () => worker.stop(),
  }
}
