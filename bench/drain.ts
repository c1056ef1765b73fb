/**
 * The way to the warehouse as it is deployed: the scheduled handler of the
 * bundle, in workerd, over a local D1 and R2, tick after tick until nothing
 * waits. How long that takes, how much memory, and how fast PostgreSQL gets
 * the rows against its own COPY of the same.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { findPostgres } from '../scripts/system/find.ts'
import { freePorts } from '../test/support/postgres/free-ports.ts'
import { startPostgresServer } from '../test/support/postgres/server.ts'
import { number, type Bench, type Report, type Row } from './harness/row.ts'
import { startWorld, withFolder, type World } from './warehouse/world.ts'

const SMALL = 10_000
/** TSUGI_BENCH_EVENTS=1000000 takes some minutes and 3 GB of disk. */
const LARGE = Number(process.env['TSUGI_BENCH_EVENTS'] ?? 100_000)
const IN_POSTGRES = Math.min(LARGE, 100_000)
const SAMPLE_MS = 20
const MEMORY_BUDGET = 134_217_728
/** Memory at the large backlog to that at the small one: what is left of it is the collector's whim. */
const FLAT_BUDGET = 1.5
/** A minute's tick must at the least take what a busy minute brings. */
const RATE_BUDGET = 1_000
const COPY_BUDGET = 0.2

/** Megabytes that V8 may take for what is no buffer: an isolate that wanted more would be ended. */
const HEAP_MB = 64

interface Drained {
  readonly events: number
  readonly seconds: number
  readonly ticks: number
  /** Bytes above those of the idle worker; null on systems that do not tell. */
  readonly growth: number | null
}

let lost = 0
/** On a busy machine Miniflare may lose the answer of a run: the next one goes on where it was. */
async function tick({ worker }: World): Promise<void> {
  try {
    await worker.runScheduled()
  } catch (error) {
    if (!(error instanceof TypeError && error.message === 'fetch failed')) throw error
    lost++
  }
}

/** Ticks until nothing waits. */
async function drained(world: World, events: number): Promise<Drained> {
  const idle = world.memory()
  let peak = idle ?? 0
  const sampling = setInterval(() => (peak = Math.max(peak, world.memory() ?? 0)), SAMPLE_MS)
  const startMs = performance.now()
  let ticks = 0
  try {
    while ((await world.backlog()) > 0) {
      await tick(world)
      ticks++
      process.stderr.write(`\r  ${number(events)} events: ${ticks} ticks`)
    }
  } finally {
    clearInterval(sampling)
    process.stderr.write('\n')
  }
  const seconds = (performance.now() - startMs) / 1000
  return { events, seconds, ticks, growth: idle === null ? null : peak - idle }
}

const drainOf = (events: number): Promise<Drained> =>
  withFolder(async (folder) => {
    // The load is put down by another process, so that its memory is not counted.
    const filling = await startWorld(folder)
    await filling.fill(events)
    await filling.stop()
    const world = await startWorld(folder)
    try {
      return await drained(world, events)
    } finally {
      await world.stop()
    }
  })

interface Loaded {
  readonly rows: number
  readonly ours: number
  readonly copy: number
}

/** Seconds of the sink, all of a tick counted, and of COPY into a table with the same indexes. */
async function intoPostgres(): Promise<Loaded> {
  const [port] = await freePorts(1)
  const server = await startPostgresServer(port as number)
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  try {
    return await withFolder(async (folder) => {
      const filling = await startWorld(folder)
      await filling.fill(IN_POSTGRES)
      while ((await filling.backlog()) > 0) await filling.worker.runScheduled()
      await filling.stop()
      const world = await startWorld(folder, { HYPERDRIVE: server.url })
      const count = async (): Promise<number> => {
        const { rows } = await client.query<{ n: string }>('SELECT count(*) AS n FROM tsugi.events')
        return Number(rows[0]?.n)
      }
      const startMs = performance.now()
      let rows = 0
      do {
        await tick(world)
        rows = await count()
        process.stderr.write(`\r  ${number(rows)} rows in PostgreSQL`)
      } while (rows < IN_POSTGRES)
      const ours = (performance.now() - startMs) / 1000
      await world.stop()
      return { rows, ours, copy: await copied(server.url, client, folder) }
    })
  } finally {
    await client.end()
    await server.remove()
  }
}

async function copied(url: string, client: pg.Client, folder: string): Promise<number> {
  const programs = findPostgres()
  if (programs === null) throw new Error('There is no PostgreSQL here: apt-get install postgresql')
  const psql = async (sql: string): Promise<void> => {
    await promisify(execFile)(join(programs, 'psql'), [url, '-q', '-c', sql])
  }
  const file = join(folder, 'rows.copy')
  await psql(`\\copy tsugi.events TO '${file}'`)
  await client.query('CREATE TABLE tsugi.copied (LIKE tsugi.events INCLUDING ALL)')
  const startMs = performance.now()
  await psql(`\\copy tsugi.copied FROM '${file}'`)
  return (performance.now() - startMs) / 1000
}

async function run(): Promise<Report> {
  if (!Number.isInteger(LARGE) || LARGE < SMALL) {
    throw new Error(`TSUGI_BENCH_EVENTS is a whole number from ${SMALL}`)
  }
  process.env['MINIFLARE_WORKERD_V8_FLAGS'] = `--max-heap-size=${HEAP_MB}`
  const small = await drainOf(SMALL)
  const large = await drainOf(LARGE)
  const loaded = await intoPostgres()
  const rate = large.events / large.seconds
  const megabytes = (bytes: number | null): string =>
    bytes === null ? 'unknown' : `${number(bytes / 2 ** 20)} MB`
  const flat = (small.growth ?? 0) / (large.growth ?? 1)
  const rows: Row[] = [
    {
      what: `drain of ${number(large.events)} events, whole scheduled runs`,
      peer: 'none',
      theirs: '',
      ours: `${number(large.seconds, 1)} s, ${number(rate)}/s`,
      ratio: null,
      budget: `≥ ${number(RATE_BUDGET)}/s`,
      met: rate >= RATE_BUDGET,
    },
    {
      what: `memory of workerd above idle at its peak, ${number(large.events)} events waiting`,
      peer: `${number(small.events)} events waiting`,
      theirs: megabytes(small.growth),
      ours: megabytes(large.growth),
      ratio: flat,
      budget: `≤ ${FLAT_BUDGET} times, < 128 MB`,
      met: flat >= 1 / FLAT_BUDGET && (large.growth ?? 0) < MEMORY_BUDGET,
    },
    {
      what: 'PostgreSQL sink, rows a second, from files on R2 to committed rows',
      peer: 'COPY of the same rows, text, same indexes',
      theirs: number(loaded.rows / loaded.copy),
      ours: number(loaded.rows / loaded.ours),
      ratio: loaded.copy / loaded.ours,
      budget: `≥ ${COPY_BUDGET}`,
      met: loaded.copy / loaded.ours >= COPY_BUDGET,
    },
  ]
  return {
    rows,
    notes: [
      `Drain: ${large.ticks} scheduled runs for ${number(large.events)} events, ${number(small.seconds, 1)} s for ${number(small.events)}; ` +
        `V8's heap was held at ${HEAP_MB} MB (an isolate that needs more is ended); memory is what is resident of workerd and maps no file, every ${SAMPLE_MS} ms; the local D1 and R2 live in it, too. ` +
        `PostgreSQL: ${number(loaded.rows)} rows, ${number(loaded.ours, 1)} s against ${number(loaded.copy, 1)} s, jsonb parsed by the server on both sides. ${lost} answers of runs were lost on the way.`,
    ],
  }
}

export const drainBench: Bench = {
  about: 'a backlog to files: time, memory flat or not, and into PostgreSQL against COPY',
  run,
}
