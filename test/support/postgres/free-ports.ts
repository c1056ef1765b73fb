import { createServer, type Server } from 'node:net'

/** Below those that a kernel gives to whoever asks for any: nobody gets one by chance before it is used. */
const FIRST = 20_000
const LAST = 32_000

/** So many neighbouring ports of 127.0.0.1 that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  for (;;) {
    const first = FIRST + Math.floor(Math.random() * (LAST - FIRST - count))
    const ports = Array.from({ length: count }, (_, n) => first + n)
    const servers = await Promise.all(ports.map(listening))
    await Promise.all(servers.map(closed))
    if (!servers.includes(null)) return ports
  }
}

/** null where somebody else does. */
const listening = (port: number): Promise<Server | null> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('listening', () => resolve(server))
    server.once('error', () => resolve(null))
    server.listen(port, '127.0.0.1')
  })

const closed = async (server: Server | null): Promise<void> => {
  if (server !== null) await new Promise((done) => server.close(done))
}
