/** What chaos is let loose on, a folder with a store and PostgreSQL behind it, and what lies there when all is over. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalWorker, type LocalWorker } from '../../scripts/local-worker.ts'
import { VARS } from '../conformance/site/configuration.ts'
import { openWarehouse, type Warehouse } from '../conformance/site/warehouse.ts'
import { freePorts } from '../support/postgres/free-ports.ts'
import { startPostgresServer } from '../support/postgres/server.ts'
import { readLedger, type Ledger } from './audit.ts'
import { openBacking, type Backing, type StoreName } from './backing.ts'
import { messagesIn } from './in-postgres.ts'

export const STORES: readonly StoreName[] = ['D1', 'Redis']

export interface Stage {
  /** For what the test itself puts down. */
  readonly folder: string
  readonly backing: Backing
  /** Of every worker on it, one at a time. */
  readonly options: Parameters<typeof startLocalWorker>[0]
  /** Starts a worker once more, as nobody kills it, has cron run so often, and reads. */
  aftermath(scheduledRuns: number): Promise<Aftermath>
  remove(): Promise<void>
}

export interface Aftermath {
  readonly worker: LocalWorker
  readonly ledger: Ledger
  readonly warehouse: Warehouse
  /** Every messageId in the files, and in PostgreSQL, repeats included. */
  readonly inFiles: readonly string[]
  readonly inPostgres: readonly string[]
}

export async function openStage(store: StoreName): Promise<Stage> {
  await using opening = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-chaos-'))
  opening.defer(() => rm(folder, { recursive: true, force: true }))
  const backing = await openBacking(store, folder)
  opening.defer(() => backing.remove())
  const [port] = await freePorts(1)
  const postgres = await startPostgresServer(port as number)
  opening.defer(() => postgres.remove())
  const open = opening.move()
  const options = {
    stateFolder: join(folder, 'state'),
    vars: { ...VARS, ...backing.vars },
    rateLimitPerMinute: null,
    hyperdrives: { HYPERDRIVE: postgres.url },
  }
  return {
    folder,
    backing,
    options,
    async aftermath(scheduledRuns) {
      const worker = await startLocalWorker(options)
      open.defer(() => worker.stop())
      for (let run = 0; run < scheduledRuns; run++) await worker.runScheduled()
      const warehouse = await openWarehouse(await worker.bucket())
      open.defer(() => warehouse.close())
      const rows = await warehouse.query('SELECT message_id FROM events')
      return {
        worker,
        warehouse,
        ledger: await readLedger(worker, backing),
        inFiles: rows.map((row) => row['message_id'] as string),
        inPostgres: await messagesIn(postgres),
      }
    },
    remove: () => open.disposeAsync(),
  }
}
