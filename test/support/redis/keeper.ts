/**
 * Lets tests inside workerd have a Redis of their own each: they cannot start
 * processes, so they ask here. POST /servers makes a real redis-server and a
 * bridge in front of it; POST /servers/<n> tells it what to do.
 */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startBridge, type Bridge } from './bridge.ts'
import { RedisFault, respClient } from './resp.ts'
import { startRedisServer, type RedisServer } from './server.ts'
import type { Wish } from './wish.ts'

export interface Keeper {
  readonly url: string
  close(): Promise<void>
}

interface Kept {
  readonly server: RedisServer
  readonly bridge: Bridge
}

export async function startKeeper(): Promise<Keeper> {
  const kept: (Kept | undefined)[] = []
  const open = async (): Promise<unknown> => {
    const server = await startRedisServer()
    const token = randomBytes(16).toString('hex')
    const bridge = await startBridge({ socketPath: server.socketPath, token })
    return { number: kept.push({ server, bridge }) - 1, url: bridge.url, token }
  }
  const http = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const chunks: Buffer[] = []
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
      const number = /^\/servers\/(\d+)$/.exec(request.url ?? '')?.[1]
      const result =
        number === undefined
          ? await open()
          : await grant(kept, Number(number), JSON.parse(Buffer.concat(chunks).toString()) as Wish)
      response.end(JSON.stringify(result ?? null))
    }
    answer().catch((error: unknown) => {
      response.statusCode = 500
      response.end(JSON.stringify(String(error)))
    })
  })
  http.listen(0, '127.0.0.1')
  await new Promise((resolve) => http.once('listening', resolve))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    close: async () => {
      await Promise.all(kept.flatMap((one) => (one === undefined ? [] : [remove(one)])))
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

async function grant(kept: (Kept | undefined)[], number: number, wish: Wish): Promise<unknown> {
  const one = kept[number]
  if (one === undefined) throw new Error(`no server ${number}`)
  const { server, bridge } = one
  switch (wish.do) {
    case 'fault':
      return bridge.faults.add(wish.fault)
    case 'clear-faults':
      return bridge.faults.clear()
    case 'until-stuck':
      return bridge.faults.untilStuck(wish.times)
    case 'release':
      return bridge.release()
    case 'count':
      return bridge.counted()
    case 'kill':
      return server.kill()
    case 'start':
      return server.start()
    case 'remove':
      kept[number] = undefined
      return remove(one)
    case 'command':
      return direct(server, wish.command)
  }
}

async function direct(server: RedisServer, command: readonly (string | number)[]) {
  const client = await respClient(server.socketPath)
  try {
    const reply = await client.send(command)
    if (reply instanceof RedisFault) throw new Error(reply.message)
    return reply
  } finally {
    client.close()
  }
}

async function remove({ server, bridge }: Kept): Promise<void> {
  await bridge.close()
  await server.remove()
}
