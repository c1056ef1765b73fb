/**
 * For Vitest: a PostgreSQL for the tests inside workerd, which cannot start
 * processes and so ask here. It is started by the first who does. Its ports
 * were chosen by vitest.config.ts, since a Hyperdrive binding names one.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startPostgresProxy, type PostgresProxy } from './proxy.ts'
import { startPostgresServer, type PostgresServer } from './server.ts'
import type { PostgresWish } from './wish.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where wishes go. */
    postgresKeeper: string
  }
}

interface Kept {
  readonly server: PostgresServer
  readonly proxy: PostgresProxy
}

export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const [port, proxyPort] = postgresPorts()
  let kept: Promise<Kept> | undefined
  const start = async (): Promise<Kept> => {
    const server = await startPostgresServer(port)
    return { server, proxy: await startPostgresProxy(proxyPort, port) }
  }
  const http = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const chunks: Buffer[] = []
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
      const wish = JSON.parse(Buffer.concat(chunks).toString()) as PostgresWish
      kept ??= start()
      response.end(JSON.stringify((await grant(await kept, wish)) ?? null))
    }
    answer().catch((error: unknown) => {
      response.statusCode = 500
      response.end(JSON.stringify(String(error)))
    })
  })
  http.listen(0, '127.0.0.1')
  await new Promise((resolve) => http.once('listening', resolve))
  provide('postgresKeeper', `http://127.0.0.1:${(http.address() as AddressInfo).port}`)
  return async () => {
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
    const one = await kept?.catch(() => undefined)
    await one?.proxy.close()
    await one?.server.remove()
  }
}

async function grant({ server, proxy }: Kept, wish: PostgresWish): Promise<unknown> {
  switch (wish.do) {
    case 'start':
      return server.start()
    case 'kill':
      return server.kill()
    case 'fault':
      return proxy.spoil(wish.fault)
    case 'clear-fault':
      return proxy.spoil(null)
    case 'query': {
      const client = new pg.Client({ connectionString: server.url })
      await client.connect()
      try {
        const { rows } = await client.query<Record<string, unknown>>(wish.sql)
        return rows
      } finally {
        await client.end()
      }
    }
  }
}

/** The server's, and the one by which what goes wrong is between. */
export function postgresPorts(): [port: number, proxyPort: number] {
  const ports = (process.env['TSUGI_TEST_POSTGRES_PORTS'] ?? '').split(',').map(Number)
  const [port, proxyPort] = ports
  if (!port || !proxyPort) throw new Error('vitest.config.ts chooses the ports of PostgreSQL')
  return [port, proxyPort]
}
