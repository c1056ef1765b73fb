/** A worker of its own process over an outbox with a backlog, and how much memory it takes. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalWorker, type LocalWorker } from '../../scripts/local-worker.ts'
import { workerBundle } from '../http/bundle.ts'
import { childNamed } from '../http/cpu.ts'
import { ACCOUNT_FLAGS, watchIsolate, type IsolateWatch } from './isolate-memory.ts'
import type { Outbox } from './outboxes.ts'

export interface World {
  readonly worker: LocalWorker
  /** Outbox entries that wait, as an operator is told. */
  backlog(): Promise<number>
  /** Of Tsugi's isolate alone, from now on. */
  watch(): Promise<IsolateWatch>
  /** Of all of workerd, what maps no file, in bytes; null on systems that do not tell. */
  resident(): number | null
  stop(): Promise<void>
}

const VARS = {
  ADMIN_TOKEN: 'an-admin-token-of-the-benchmark',
  SIGNING_KEY: 'a signing key of the benchmark, 32 bytes',
}

/** @param hyperdrives bindings by name, and the databases behind them */
export async function startWorld(
  folder: string,
  outbox: Outbox,
  hyperdrives: Readonly<Record<string, string>> = {},
): Promise<World> {
  const scriptPath = await workerBundle()
  const log = join(folder, 'workerd.log')
  process.env['TSUGI_BENCH_LOG'] = log
  const worker = await startLocalWorker({
    stateFolder: folder,
    vars: { ...VARS, ...outbox.vars },
    scriptPath,
    hyperdrives,
  })
  const workerd = childNamed('workerd')
  return {
    worker,
    backlog: () => backlogOf(worker),
    watch: () => watchIsolate(log, worker.url),
    resident: () => (workerd === null ? null : residentOf(workerd)),
    stop: () => worker.stop(),
  }
}

/**
 * Over a connection of its own: one that Miniflare keeps for its D1 stubs may
 * be closed by workerd, idle for a run of five seconds, just as it is used again.
 */
async function backlogOf({ url }: LocalWorker): Promise<number> {
  const response = await fetch(`${url}/admin/v1/warehouse`, {
    headers: { authorization: `Bearer ${VARS.ADMIN_TOKEN}`, connection: 'close' },
  })
  if (!response.ok) throw new Error(`/admin/v1/warehouse: ${await response.text()}`)
  return ((await response.json()) as { backlogRows: number }).backlogRows
}

/** The same with so many events that wait. */
export async function startFilledWorld(
  folder: string,
  outbox: Outbox,
  events: number,
): Promise<World> {
  // Makes the database, which is then filled from outside.
  await (await startWorld(folder, outbox)).stop()
  await outbox.fill(folder, events)
  return startWorld(folder, outbox)
}

/** V8 with these flags, giving account of its collections, in every workerd that `work` starts. */
export async function withV8<T>(flags: string, work: () => Promise<T>): Promise<T> {
  const requireOfMiniflare = createRequire(import.meta.resolve('miniflare'))
  const { default: workerd } = requireOfMiniflare('workerd') as { default: string }
  const names = {
    MINIFLARE_WORKERD_V8_FLAGS: `${flags} ${ACCOUNT_FLAGS}`,
    TSUGI_BENCH_WORKERD: workerd,
    TSUGI_WORKERD: join(import.meta.dirname, 'workerd-told.sh'),
    TSUGI_BENCH_LOG: '/dev/null',
  }
  // Whoever starts a workerd here sets its path too, to a script that runs TSUGI_WORKERD: left alone, itself.
  const before = [...Object.keys(names), 'MINIFLARE_WORKERD_PATH'].map(
    (name) => [name, process.env[name]] as const,
  )
  Object.assign(process.env, names)
  try {
    return await work()
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}

export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-bench-drain-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function residentOf(pid: number): number {
  const [, kilobytes] =
    /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}
