/** A worker of its own process with a backlog in its outbox, and how much memory it takes. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalWorker, type LocalWorker } from '../../scripts/local-worker.ts'
import { workerBundle } from '../http/bundle.ts'
import { childNamed } from '../http/cpu.ts'
import { eventRecord } from './events.ts'

export const ENTRY_EVENTS = 2
/** Made here; the rest are copies that SQLite makes of these. */
const SEED_ENTRIES = 500

export interface World {
  readonly worker: LocalWorker
  /** Outbox entries that wait. */
  backlog(): Promise<number>
  /** Adds up to so many events, all of this hour. */
  fill(events: number): Promise<void>
  /** Of workerd, what maps no file, in bytes; null on systems that do not tell. */
  memory(): number | null
  stop(): Promise<void>
}

const VARS = {
  ADMIN_TOKEN: 'an-admin-token-of-the-benchmark',
  SIGNING_KEY: 'a signing key of the benchmark, 32 bytes',
}

/** @param hyperdrives bindings by name, and the databases behind them */
export async function startWorld(
  folder: string,
  hyperdrives: Readonly<Record<string, string>> = {},
): Promise<World> {
  const scriptPath = await workerBundle()
  const worker = await startLocalWorker({
    stateFolder: folder,
    vars: VARS,
    scriptPath,
    hyperdrives,
  })
  const database = await worker.database()
  const workerd = childNamed('workerd')
  return {
    worker,
    async backlog() {
      return (await database.prepare('SELECT count(*) AS n FROM outbox').first<number>('n')) ?? 0
    },
    async fill(events) {
      const nowMs = Date.now()
      const entries = Array.from({ length: SEED_ENTRIES }, (_, n) => {
        const records = [2 * n, 2 * n + 1].map((i) => ({
          ...eventRecord(i, nowMs),
          receivedAtMs: nowMs,
        }))
        return { body: JSON.stringify({ v: 1, records }) }
      })
      const before = await database
        .prepare(
          `INSERT INTO outbox (commit_id, received_ms, body)
           SELECT 'seed-' || key, ?2, value->>'body' FROM json_each(?1) ORDER BY key RETURNING seq`,
        )
        .bind(JSON.stringify(entries), nowMs)
        .all<{ seq: number }>()
      const first = Math.min(...before.results.map(({ seq }) => seq))
      const copy = database.prepare(
        `INSERT INTO outbox (commit_id, received_ms, body)
         SELECT 'copy-' || ?3 || '-' || seq, received_ms, replace(body, 'ajs-next-', 'ajs-' || ?3 || '-')
         FROM outbox WHERE seq >= ?1 AND seq < ?1 + ?2 ORDER BY seq`,
      )
      const copies = Math.ceil(events / ENTRY_EVENTS / SEED_ENTRIES)
      for (let n = 1; n < copies; n++) await copy.bind(first, SEED_ENTRIES, n).run()
    },
    memory: () => (workerd === null ? null : memoryOf(workerd)),
    stop: () => worker.stop(),
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

function memoryOf(pid: number): number {
  const [, kilobytes] =
    /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}
