/** The PostgreSQL sink on a server that the test spoils, in a schema of its own each time. */
import { postgresSink } from '../../worker/warehouse/postgres/postgres-sink.ts'
import type { Sink } from '../../worker/warehouse/sink-ports.ts'
import { openSpoiledPostgres } from '../support/workerd/postgres.ts'

export async function spoiledSink(prefix: string) {
  const postgres = await openSpoiledPostgres()
  let schema = ''
  let schemas = 0
  return {
    postgres,
    /** Nothing is in it, and nothing in the way. */
    async renew(): Promise<void> {
      await postgres.clearFault()
      schema = `${prefix}_${++schemas}`
    },
    /** Another instance each time, as another run would have. */
    open: (over: { readonly batchTimeoutMs?: number } = {}): Sink =>
      postgresSink({
        name: 'pg',
        connectionString: postgres.connectionString,
        schema,
        connectTimeoutMs: 120_000,
        ...over,
      }),
    /** Every messageId that it took, sorted, repeats included. */
    async messageIds(): Promise<string[]> {
      const rows = await postgres.query(`SELECT message_id FROM ${schema}.events`)
      return rows.map((row) => String(row['message_id'])).sort()
    },
  }
}
