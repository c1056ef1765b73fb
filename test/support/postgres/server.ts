/** A real PostgreSQL as a process of ours: a cluster in a folder, on a port of 127.0.0.1. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { ROOT } from '../../../scripts/build/root.ts'
import { findPostgres, findProgram } from '../../../scripts/system/find.ts'

export interface PostgresServer {
  readonly port: number
  /** Of the owner of everything, by TCP. */
  readonly url: string
  readonly pid: number
  /** SIGKILL: what was committed is what is left. */
  kill(): Promise<void>
  /** After `kill`: the same data again, at the same port; nothing where it runs. */
  start(): Promise<void>
  /** Ends it, and its folder with it. */
  remove(): Promise<void>
}

const PATIENCE_MS = 120_000
const PASSWORD = 'only-for-tests'
const run = promisify(execFile)

/** PostgreSQL refuses to run as root: there it runs as the user that its package made, or as nobody. */
interface Account {
  readonly uid: number
  readonly gid: number
}
async function accountOf(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null
  for (const name of ['postgres', 'nobody']) {
    try {
      const ids = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, name])))
      const [uid, gid] = ids.map(({ stdout }) => Number(stdout)) as [number, number]
      return { uid, gid }
    } catch {
      // There is no such user here.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is no other user to run it as')
}

/** The same settings as the peers' defaults but for the disk: a test's data need not outlive the machine. */
const SETTINGS = ['fsync=off', 'full_page_writes=off', 'max_connections=40', 'jit=off']

/** Takes connections when it resolves. */
export async function startPostgresServer(port: number): Promise<PostgresServer> {
  const programs = findPostgres()
  if (programs === null) throw new Error('There is no PostgreSQL here: apt-get install postgresql')
  const account = await accountOf()
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-postgres-'))
  if (account !== null) await chown(folder, account.uid, account.gid)
  const data = join(folder, 'data')
  const as = account === null ? {} : account
  await run(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'tsugi', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'],
    { ...as, cwd: folder },
  )
  const args = [
    ...['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder],
    ...SETTINGS.flatMap((setting) => ['-c', setting]),
  ]
  const url = `postgres://tsugi:${PASSWORD}@127.0.0.1:${port}/postgres`
  let child: ChildProcess | undefined

  const isUp = (): boolean => child?.exitCode === null && child.signalCode === null
  const start = async (): Promise<void> => {
    if (isUp()) return
    const started = spawnTied(join(programs, 'postgres'), args, folder, account)
    child = started
    let said = ''
    for (const stream of [started.stdout, started.stderr]) {
      stream?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)))
    }
    const failed = new Promise<never>((_, reject) => {
      started.once('error', reject)
      started.once('exit', (code, signal) =>
        reject(new Error(`postgres ended (${signal ?? code}): ${said}`)),
      )
    })
    // It ends some day; that is only an error while we wait for it.
    failed.catch(() => {})
    await Promise.race([untilReady(url), failed])
  }
  const end = async (signal: 'SIGKILL' | 'SIGQUIT'): Promise<void> => {
    if (child === undefined || !isUp()) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }
  await start()
  return {
    port,
    url,
    get pid() {
      return child?.pid ?? 0
    },
    kill: () => end('SIGKILL'),
    start,
    remove: async () => {
      await end('SIGQUIT')
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** So that it does not outlive us, not even when we are killed. */
function spawnTied(
  program: string,
  args: readonly string[],
  cwd: string,
  account: Account | null,
): ChildProcess {
  const stdio = ['ignore', 'pipe', 'pipe'] as const
  if (account === null) {
    return spawn(join(ROOT, 'scripts/local-worker/workerd.sh'), args, {
      stdio: [...stdio],
      cwd,
      env: { ...process.env, TSUGI_WORKERD: program },
    })
  }
  const { uid, gid } = account
  // The other user may not be able to read our scripts, so the tie is made here.
  if (findProgram(['setpriv']) === null)
    return spawn(program, args, { stdio: [...stdio], cwd, uid, gid })
  const identity = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  return spawn('setpriv', [...identity, '--pdeathsig', 'KILL', program, ...args], {
    stdio: [...stdio],
    cwd,
  })
}

async function untilReady(url: string): Promise<void> {
  const untilMs = Date.now() + PATIENCE_MS
  let last: unknown
  while (Date.now() < untilMs) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      await client.query('SELECT 1')
      return
    } catch (error) {
      // Not yet: it refuses, or it is still reading what was left.
      last = error
    } finally {
      await client.end().catch(() => {})
    }
    await sleep(25)
  }
  throw new Error(`postgres does not answer: ${String(last)}`)
}
