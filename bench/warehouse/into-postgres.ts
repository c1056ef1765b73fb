/** The files of an outbox into a real PostgreSQL by the sink, and the same rows by COPY. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { findPostgres } from '../../scripts/system/find.ts'
import { freePorts } from '../../test/support/postgres/free-ports.ts'
import { startPostgresServer } from '../../test/support/postgres/server.ts'
import { number } from '../harness/row.ts'
import { openOutbox, type OutboxName } from './outboxes.ts'
import { startFilledWorld, startWorld, withFolder } from './world.ts'

export interface Loaded {
  readonly rows: number
  /** Seconds of the sink, all of a tick counted. */
  readonly ours: number
  /** Seconds of COPY into a table with the same indexes. */
  readonly copy: number
}

/** @param events of which a multiple of the outbox's page is filed */
export async function intoPostgres(name: OutboxName, events: number): Promise<Loaded> {
  const [port] = await freePorts(1)
  const server = await startPostgresServer(port as number)
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  const outbox = await openOutbox(name)
  try {
    return await withFolder(async (folder) => {
      const filing = await startFilledWorld(folder, outbox, events)
      try {
        while ((await filing.backlog()) > 0) await filing.worker.runScheduled()
      } finally {
        await filing.stop()
      }
      const world = await startWorld(folder, outbox, { HYPERDRIVE: server.url })
      try {
        const startMs = performance.now()
        let rows = 0
        while (rows < events) {
          await world.worker.runScheduled()
          rows = await rowsIn(client)
          process.stderr.write(`\r  ${name}: ${number(rows)} rows in PostgreSQL`)
        }
        process.stderr.write('\n')
        const ours = (performance.now() - startMs) / 1000
        return { rows, ours, copy: await copied(server.url, client, folder) }
      } finally {
        await world.stop()
      }
    })
  } finally {
    await outbox.remove()
    await client.end()
    await server.remove()
  }
}

async function rowsIn(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ n: string }>('SELECT count(*) AS n FROM tsugi.events')
  return Number(rows[0]?.n)
}

async function copied(url: string, client: pg.Client, folder: string): Promise<number> {
  const programs = findPostgres()
  if (programs === null) throw new Error('There is no PostgreSQL here: apt-get install postgresql')
  const psql = async (sql: string): Promise<void> => {
    await promisify(execFile)(join(programs, 'psql'), [url, '-q', '-c', sql])
  }
  const file = join(folder, 'rows.copy')
  await psql(`\\copy tsugi.events TO '${file}'`)
  await client.query('CREATE TABLE tsugi.copied (LIKE tsugi.events INCLUDING ALL)')
  const startMs = performance.now()
  await psql(`\\copy tsugi.copied FROM '${file}'`)
  return (performance.now() - startMs) / 1000
}
