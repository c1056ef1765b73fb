/**
 * PostgreSQL as a sink: one transaction a batch, which begins by taking the
 * batch's id. Where that was taken the batch is in already; of two at once the
 * second waits for the first. Works through a pooler that hands out a
 * connection a transaction, as Hyperdrive does: nothing lives longer.
 */
import type { Duplex } from 'node:stream'
import type { Client } from 'pg'
import {
  SinkError,
  type RowGroup,
  type Sink,
  type SinkBatch,
  type SinkTable,
} from '../sink-ports.ts'
import { arrayParameter } from './array-parameter.ts'
import { sinkErrorOf } from './errors.ts'
import { migrate } from './migrations.ts'
import { insertInto, quoted, SQL_COLUMNS } from './tables.ts'

export interface PostgresSettings {
  readonly name: string
  readonly connectionString: string
  /** Schema of its tables. */
  readonly schema: string
  /** Of a whole batch, the answer included; no statement may take longer either. */
  readonly batchTimeoutMs?: number
  readonly connectTimeoutMs?: number
}

/** Hyperdrive ends a statement after 60 seconds. */
const BATCH_TIMEOUT_MS = 90_000
const STATEMENT_TIMEOUT_MS = 55_000
const CONNECT_TIMEOUT_MS = 10_000

/** Of one statement: what it needs is held by both sides at once. */
const CHUNK_ROWS = 2_000
const CHUNK_BYTES = 2_097_152

export function postgresSink(settings: PostgresSettings): Sink {
  const { name, schema } = settings
  let open: Promise<Client> | undefined

  const close = async (): Promise<void> => {
    const was = open
    open = undefined
    // Gone already, or never there: there is nothing left to let go.
    await was?.then((client) => client.end()).catch(() => {})
  }
  return {
    name,
    async apply(batch) {
      open ??= connect(settings)
      let client: Client
      try {
        client = await open
      } catch (error) {
        open = undefined
        throw sinkErrorOf(error, true)
      }
      try {
        return await within(
          settings.batchTimeoutMs ?? BATCH_TIMEOUT_MS,
          applyTo(client, schema, batch),
        )
      } catch (error) {
        // In the middle of a transaction, or broken: another one begins anew.
        void close()
        throw isOfReading(error) ? error.cause : sinkErrorOf(error, false)
      }
    },
    close,
  }
}

type SocketClass = new (tls: boolean) => Duplex

async function connect(settings: PostgresSettings): Promise<Client> {
  // Its entry brings a pool and a binding to C along.
  const [driver, sockets] = await Promise.all([import('pg/lib/client.js'), import('pg-cloudflare')])
  // Its types are those of the empty module that other runtimes get.
  const { CloudflareSocket } = sockets as unknown as { CloudflareSocket?: SocketClass }
  const client = new driver.default({
    connectionString: settings.connectionString,
    // Hyperdrive sees to TLS on its other side.
    ...(CloudflareSocket === undefined ? {} : { stream: () => new CloudflareSocket(false) }),
    connectionTimeoutMillis: settings.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    application_name: 'tsugi',
  })
  // Between two statements nobody else listens; the next one fails and tells.
  client.on('error', () => {})
  try {
    await client.connect()
    await migrate(client, settings.schema)
    return client
  } catch (error) {
    client.end().catch(() => {})
    throw error
  }
}

async function applyTo(
  client: Client,
  schema: string,
  batch: SinkBatch,
): Promise<'applied' | 'already'> {
  await client.query('BEGIN')
  await client.query(`SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}`)
  const { rowCount } = await client.query(
    `INSERT INTO ${quoted(schema)}.tsugi_batch (batch_id, rows) VALUES ($1, $2)
     ON CONFLICT (batch_id) DO NOTHING`,
    [batch.batchId, batch.rows],
  )
  if (rowCount === 0) {
    await client.query('ROLLBACK')
    return 'already'
  }
  const text = insertInto(schema, batch.table)
  // While the server takes one chunk the next is made.
  let sent: Promise<unknown> = Promise.resolve()
  try {
    for await (const group of groupsOf(batch)) {
      for (const [from, to] of chunksOf(batch.table, group)) {
        const values = SQL_COLUMNS[batch.table].map(({ name, type }) =>
          arrayParameter(type, group.columns.get(name), from, to),
        )
        await sent
        sent = client.query({ text, values })
        // Awaited in the next turn: until then its failure is nobody's.
        sent.catch(() => {})
      }
    }
    await sent
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
  await client.query('COMMIT')
  return 'applied'
}

/** Rows that fit one statement; at least one. */
function* chunksOf(table: SinkTable, { rows, columns }: RowGroup): Generator<[number, number]> {
  const wide = SQL_COLUMNS[table].flatMap(({ name, type }) =>
    type === 'text' || type === 'jsonb' ? [columns.get(name)] : [],
  )
  let from = 0
  let bytes = 0
  for (let row = 0; row < rows; row++) {
    let own = 0
    for (const cells of wide) {
      const cell = cells?.[row]
      if (cell instanceof Uint8Array) own += cell.length
    }
    if (row > from && (row - from === CHUNK_ROWS || bytes + own > CHUNK_BYTES)) {
      yield [from, row]
      from = row
      bytes = 0
    }
    bytes += own
  }
  if (from < rows) yield [from, rows]
}

/** What reading the batch throws is told from what PostgreSQL does. */
class ReadError extends Error {}
const isOfReading = (error: unknown): error is ReadError => error instanceof ReadError

async function* groupsOf(batch: SinkBatch): AsyncGenerator<RowGroup> {
  try {
    yield* batch.read()
  } catch (cause) {
    throw new ReadError('the batch cannot be read', { cause })
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timeout: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timeout = setTimeout(
      () => reject(new SinkError('failed', `no answer within ${ms} ms: it may be in or not`)),
      ms,
    )
  })
  // It ends some day, and then nobody listens any more.
  work.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timeout)
  }
}
