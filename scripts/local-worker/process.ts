/** The local worker in a process of its own, for tests that kill it and for benchmarks. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { ROOT } from '../build/root.ts'
import type { FromChild, ToChild } from './child.ts'
import type { LocalWorkerOptions, LogLine } from './options.ts'

export interface WorkerProcess {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** One run of the cron trigger; throws when the handler did. */
  runScheduled(): Promise<void>
  /** SIGKILL, workerd included: resolves when both are gone and the port is free. */
  kill(): Promise<void>
  /** A clean end. */
  stop(): Promise<void>
}

/**
 * Migrated and healthy when it resolves. To start again after `kill` on the
 * same data, give the same stateFolder (and `port`, if the address must stay).
 */
export async function startWorkerProcess(
  options: LocalWorkerOptions,
  onLog?: (line: LogLine) => void,
): Promise<WorkerProcess> {
  const child = fork(join(ROOT, 'scripts/local-worker/child.ts'), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  send(child, { do: 'start', options, logs: onLog !== undefined })
  const url = await new Promise<string>((resolve, reject) => {
    child.on('message', (message: FromChild) => {
      if (message.is === 'ready') resolve(message.url)
      else if (message.is === 'failed') reject(new Error(message.error))
      else if (message.is === 'log') onLog?.(message.line)
    })
    child.once('exit', (code, signal) => {
      reject(new Error(`The worker's process ended (${signal ?? code}) before it was ready.`))
    })
  })
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
    await untilRefused(url)
  }
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid as number,
    runScheduled: () => runScheduled(child),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
}

function send(child: ChildProcess, message: ToChild): void {
  child.send(message)
}

let runs = 0

async function runScheduled(child: ChildProcess): Promise<void> {
  const id = ++runs
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error): void => {
      child.off('message', hear)
      child.off('exit', lost)
      if (error) reject(error)
      else resolve()
    }
    const lost = (): void => settle(new Error('The worker ended during its scheduled run.'))
    const hear = (message: FromChild): void => {
      if (message.is === 'ran' && message.id === id) {
        settle(message.error === undefined ? undefined : new Error(message.error))
      }
    }
    child.on('message', hear)
    child.on('exit', lost)
    send(child, { do: 'run-scheduled', id })
  })
}

/** The kernel may take a moment to end workerd after its parent. */
async function untilRefused(url: string): Promise<void> {
  const untilMs = Date.now() + 60_000
  while (Date.now() < untilMs) {
    try {
      await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(1000) })
    } catch (error) {
      const cause = (error as { cause?: { code?: string } }).cause
      if (cause?.code === 'ECONNREFUSED') return
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`Something still answers at ${url} after its worker was ended.`)
}
