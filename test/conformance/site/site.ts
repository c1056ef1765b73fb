/** The deployed bundle on workerd with a fresh state folder, configured and published. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalWorker, type LocalWorker } from '../../../scripts/local-worker.ts'
import { client, type Client } from './client.ts'
import { VARS } from './configuration.ts'
import { openWarehouse, type Warehouse } from './warehouse.ts'

export interface Site extends Client {
  readonly url: string
  readonly worker: LocalWorker
  /** Runs cron and opens what then lies in R2. */
  warehouse(): Promise<Warehouse>
  /** How many commits wait for the warehouse. */
  outboxSize(): Promise<number>
  stop(): Promise<void>
}

export async function startSite(origins: readonly string[] = []): Promise<Site> {
  const stateFolder = await mkdtemp(join(tmpdir(), 'tsugi-site-'))
  const worker = await startLocalWorker({ stateFolder, vars: VARS, rateLimitPerMinute: null })
  const http = client(worker.url)
  const opened: Warehouse[] = []
  const stop = async (): Promise<void> => {
    for (const warehouse of opened) await warehouse.close()
    await worker.stop()
    await rm(stateFolder, { recursive: true, force: true })
  }
  try {
    await http.publish(origins)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    ...http,
    url: worker.url,
    worker,
    async warehouse() {
      await worker.runScheduled()
      const warehouse = await openWarehouse(await worker.bucket())
      opened.push(warehouse)
      return warehouse
    },
    async outboxSize() {
      const database = await worker.database()
      const row = await database.prepare('SELECT count(*) AS n FROM outbox').first<{ n: number }>()
      return row?.n ?? 0
    },
    stop,
  }
}
