/**
 * A real redis-server and the bridge in front of it, in a process of their own,
 * so that they do not take the load's time. As a program it runs them until it
 * is told to end; as a module it starts that program.
 */
import { fork } from 'node:child_process'
import { startBridge } from '../../test/support/redis/bridge.ts'
import { startRedisServer } from '../../test/support/redis/server.ts'

export interface RedisProcess {
  readonly url: string
  readonly token: string
  stop(): Promise<void>
}

export async function startRedisProcess(): Promise<RedisProcess> {
  const child = fork(import.meta.filename)
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const address = await new Promise<{ url: string; token: string }>((resolve, reject) => {
    child.once('message', (message) => resolve(message as { url: string; token: string }))
    child.once('exit', (code) => reject(new Error(`the bridge ended with ${code}`)))
  })
  return {
    ...address,
    stop: async () => {
      child.send('end')
      await exit
    },
  }
}

if (process.send !== undefined && process.argv[1] === import.meta.filename) {
  const server = await startRedisServer({ fsync: 'everysec' })
  const bridge = await startBridge({ socketPath: server.socketPath, token: 'bench' })
  const end = async (): Promise<void> => {
    await bridge.close()
    await server.remove()
    process.exit(0)
  }
  process.once('message', () => void end())
  process.once('disconnect', () => void end())
  process.send({ url: bridge.url, token: bridge.token })
}
