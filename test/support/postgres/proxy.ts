/** Between the worker and PostgreSQL: passes on what comes, unless it is told to spoil it. */
import { connect, createServer, type Socket } from 'node:net'
import type { PostgresFault } from './wish.ts'

export interface PostgresProxy {
  /** null clears it. */
  spoil(fault: PostgresFault | null): void
  /** Resolves when PostgreSQL has answered a commit and that is held back. */
  untilHeld(): Promise<void>
  close(): Promise<void>
}

/** How pg sends a COMMIT: a simple query. */
const COMMIT = Buffer.from('Q\0\0\0\x0bCOMMIT\0', 'latin1')

export async function startPostgresProxy(port: number, serverPort: number): Promise<PostgresProxy> {
  let fault: PostgresFault | null = null
  const sockets = new Set<Socket>()
  let held = Promise.withResolvers<void>()
  const used = (): void => {
    if (fault === null) return
    fault = fault.times > 1 ? { ...fault, times: fault.times - 1 } : null
  }
  const server = createServer((client) => {
    if (fault?.kind === 'refuse') {
      used()
      client.destroy()
      return
    }
    const upstream = connect(serverPort, '127.0.0.1')
    const end = (): void => {
      client.destroy()
      upstream.destroy()
    }
    let answer: 'pass' | 'lose' | 'hold' = 'pass'
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', end)
      socket.on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    client.on('data', (chunk) => {
      if (fault !== null && chunk.includes(COMMIT)) {
        const { kind } = fault
        used()
        if (kind === 'lose-commit') return end()
        answer = kind === 'hold-answer' ? 'hold' : 'lose'
      }
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (answer === 'lose') end()
      else if (answer === 'hold') held.resolve()
      else client.write(chunk)
    })
  })
  server.listen(port, '127.0.0.1')
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', reject)
  })
  return {
    spoil: (next) => {
      fault = next
      held = Promise.withResolvers()
    },
    untilHeld: () => held.promise,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
