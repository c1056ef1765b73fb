/**
 * For Vitest: PostgreSQL for the tests inside workerd, which cannot start
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

interface Spoiled {
  readonly server: PostgresServer
  readonly proxy: PostgresProxy
}

/** Started at the first use. */
interface Kept {
  readonly shared: () => Promise<PostgresServer>
  readonly spoiled: () => Promise<Spoiled>
  readonly turns: { take(): Promise<void>; end(): void }
  readonly remove: () => Promise<void>
}

function keep(): Kept {
  const [port, proxyPort, spoiledPort] = postgresPorts()
  let shared: Promise<PostgresServer> | undefined
  let spoiled: Promise<Spoiled> | undefined
  const startSpoiled = async (): Promise<Spoiled> => ({
    server: await startPostgresServer(spoiledPort),
    proxy: await startPostgresProxy(proxyPort, spoiledPort),
  })
  return {
    shared: () => (shared ??= startPostgresServer(port)),
    spoiled: () => (spoiled ??= startSpoiled()),
    turns: turns(),
    remove: async () => {
      await (await shared)?.remove()
      const one = await spoiled
      await one?.proxy.close()
      await one?.server.remove()
    },
  }
}

function turns(): Kept['turns'] {
  let last = Promise.resolve()
  let end = (): void => {}
  return {
    async take() {
      const before = last
      const mine = Promise.withResolvers<void>()
      last = mine.promise
      await before
      end = mine.resolve
    },
    end: () => end(),
  }
}

export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const kept = keep()
  const http = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const chunks: Buffer[] = []
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
      const wish = JSON.parse(Buffer.concat(chunks).toString()) as PostgresWish
      response.end(JSON.stringify((await grant(kept, wish)) ?? null))
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
    await kept.remove()
  }
}

async function grant({ shared, spoiled, turns }: Kept, wish: PostgresWish): Promise<unknown> {
  if (wish.do === 'take-turn') return turns.take()
  if (wish.do === 'end-turn') return turns.end()
  if (wish.do === 'query') {
    const { url } = wish.spoiled ? (await spoiled()).server : await shared()
    return query(url, wish.sql)
  }
  const { server, proxy } = await spoiled()
  switch (wish.do) {
    case 'start':
      return server.start()
    case 'kill':
      return server.kill()
    case 'fault':
      return proxy.spoil(wish.fault)
    case 'clear-fault':
      return proxy.spoil(null)
    case 'until-held':
      return proxy.untilHeld()
  }
}

async function query(connectionString: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

/** The shared server's, that of the proxy before the one to spoil, and that one's own. */
function postgresPorts(): [port: number, proxyPort: number, spoiledPort: number] {
  const ports = (process.env['TSUGI_TEST_POSTGRES_PORTS'] ?? '').split(',').map(Number)
  const [port, proxyPort, spoiledPort] = ports
  if (!port || !proxyPort || !spoiledPort) {
    throw new Error('vitest.config.ts chooses the ports of PostgreSQL')
  }
  return [port, proxyPort, spoiledPort]
}
