/** A real redis-server as a process of ours, on a socket in a folder: no port, no network. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT } from '../../../scripts/build/root.ts'
import { respClient } from './resp.ts'

export interface RedisServer {
  readonly socketPath: string
  readonly pid: number
  /** SIGKILL: what the append-only file holds is what is left. */
  kill(): Promise<void>
  /** A clean end. */
  stop(): Promise<void>
  /** After `kill` or `stop`: the same data again. */
  start(): Promise<void>
  /** Ends it and the folder of its socket; the data too unless a folder was given. */
  remove(): Promise<void>
}

export interface RedisServerOptions {
  /** Where the data lies; a temporary one that goes with the server by default. */
  readonly folder?: string
  /**
   * `always` writes to the disk before each answer: what was acknowledged
   * survives a kill of the process and even the power going. `everysec` may
   * answer up to two seconds before it hands anything to the kernel.
   */
  readonly fsync?: 'always' | 'everysec'
}

/** For data that stays the same one again, so that a killed start leaves no other behind. */
async function socketFolderFor(folder: string | undefined): Promise<string> {
  const prefix = join(tmpdir(), 'tsugi-redis-')
  if (folder === undefined) return mkdtemp(prefix)
  const path = prefix + createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 16)
  await mkdir(path, { recursive: true, mode: 0o700 })
  return path
}

const PATIENCE_MS = 120_000

/** Answers PING when it resolves. */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  // A socket's path may not be longer than about 100 bytes; the folder's may.
  const socketFolder = await socketFolderFor(options.folder)
  const socketPath = join(socketFolder, 's')
  const folder = options.folder ?? join(socketFolder, 'data')
  await mkdir(folder, { recursive: true })
  const args = [
    ['--port', '0'],
    ['--unixsocket', socketPath],
    ['--dir', folder],
    ['--appendonly', 'yes'],
    ['--appendfsync', options.fsync ?? 'always'],
    ['--save', ''],
    ['--maxmemory-policy', 'noeviction'],
    ['--loglevel', 'warning'],
  ].flat()
  let child: ChildProcess | undefined

  const start = async (): Promise<void> => {
    // Like workerd it must not outlive us, not even when we are killed.
    const started = spawn(join(ROOT, 'scripts/local-worker/workerd.sh'), args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TSUGI_WORKERD: 'redis-server' },
    })
    child = started
    let said = ''
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)))
    }
    const failed = new Promise<never>((_, reject) => {
      started.once('error', reject)
      started.once('exit', (code, signal) =>
        reject(new Error(`redis-server ended (${signal ?? code}): ${said}`)),
      )
    })
    // It ends some day; that is only an error while we wait for it.
    failed.catch(() => {})
    await Promise.race([untilReady(socketPath), failed])
  }
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
    await rm(socketPath, { force: true })
  }
  await start()
  return {
    socketPath,
    get pid() {
      return child?.pid ?? 0
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    start,
    remove: async () => {
      await end(options.folder === undefined ? 'SIGKILL' : 'SIGTERM')
      await rm(socketFolder, { recursive: true, force: true })
    },
  }
}

async function untilReady(socketPath: string): Promise<void> {
  const untilMs = Date.now() + PATIENCE_MS
  let last: unknown = 'no answer'
  while (Date.now() < untilMs) {
    try {
      const client = await respClient(socketPath)
      last = await client.send(['PING'])
      client.close()
      // While it loads its data it answers LOADING.
      if (last === 'PONG') return
    } catch (error) {
      last = error
    }
    await sleep(10)
  }
  throw new Error(`redis-server does not answer: ${JSON.stringify(last)}`)
}
