/**
 * The way to the warehouse as it is deployed: the scheduled handler of the
 * bundle, in workerd, from each outbox to a local R2, tick after tick until
 * nothing waits. How long that takes, how much memory, and how fast PostgreSQL
 * gets the rows against its own COPY of the same.
 */
import { number, type Bench, type Report, type Row } from './harness/row.ts'
import { intoPostgres, type Loaded } from './warehouse/into-postgres.ts'
import { bytesOf, type Held, type IsolatePeak } from './warehouse/isolate-memory.ts'
import { openOutbox, type OutboxName } from './warehouse/outboxes.ts'
import { startFilledWorld, withFolder, withV8, type World } from './warehouse/world.ts'

const SMALL = 10_000
/** TSUGI_BENCH_EVENTS=1000000 takes some minutes an outbox, and 3 GB of disk. */
const LARGE = Number(process.env['TSUGI_BENCH_EVENTS'] ?? 100_000)
const IN_POSTGRES = 100_000
const RESIDENT_EVERY_MS = 20
const MEMORY_BUDGET = 134_217_728
/** Memory in use at the large backlog to that at the small one. */
const FLAT_BUDGET = 1.5
/** A minute's tick must at the least take what a busy minute brings. */
const RATE_BUDGET = 1_000
const COPY_BUDGET = 0.2

/** Of V8, for what is no buffer: of 128 MB for both, V8 lets old buffers lie until there are 64 MB of them. Without it V8 collects when it likes. */
const HEAP_MB = 48
const HEAP = `--max-heap-size=${HEAP_MB}`
/** A short drain has too few full collections to find its peak between them: each one is full there. */
const HEAP_ALWAYS_FULL = `${HEAP} --gc-global`

interface Drained {
  readonly events: number
  readonly seconds: number
  readonly ticks: number
  readonly peak: IsolatePeak
  /** Bytes of all of workerd above those of it idle; null on systems that do not tell. */
  readonly growth: number | null
}

/** Ticks until nothing waits. */
async function drained(world: World, name: OutboxName, events: number): Promise<Drained> {
  const idle = world.resident()
  let most = idle ?? 0
  const watch = await world.watch()
  const sampling = setInterval(
    () => (most = Math.max(most, world.resident() ?? 0)),
    RESIDENT_EVERY_MS,
  )
  const startMs = performance.now()
  let ticks = 0
  try {
    while ((await world.backlog()) > 0) {
      await world.worker.runScheduled()
      ticks++
      process.stderr.write(`\r  ${name}, ${number(events)} events: ${ticks} ticks`)
    }
  } finally {
    clearInterval(sampling)
    process.stderr.write('\n')
  }
  const seconds = (performance.now() - startMs) / 1000
  const peak = await watch.peak()
  return { events, seconds, ticks, peak, growth: idle === null ? null : most - idle }
}

async function drainOf(name: OutboxName, events: number): Promise<Drained> {
  const outbox = await openOutbox(name)
  try {
    return await withFolder(async (folder) => {
      const world = await startFilledWorld(folder, outbox, events)
      try {
        return await drained(world, name, events)
      } finally {
        await world.stop()
      }
    })
  } finally {
    await outbox.remove()
  }
}

const megabytes = (bytes: number | null): string =>
  bytes === null ? 'unknown' : `${number(bytes / 2 ** 20)} MB`

interface Measured {
  readonly small: Drained
  readonly large: Drained
  readonly loaded: Loaded
}

function rowsOf(name: OutboxName, { small, large, loaded }: Measured): Row[] {
  const rate = large.events / large.seconds
  const [less, more] = [bytesOf(small.peak.used), bytesOf(large.peak.used)]
  return [
    {
      what: `drain of ${number(large.events)} events from ${name} to Parquet on R2, whole scheduled runs`,
      peer: 'none',
      theirs: '',
      ours: `${number(large.seconds, 1)} s, ${number(rate)}/s`,
      ratio: null,
      budget: `≥ ${number(RATE_BUDGET)}/s`,
      met: rate >= RATE_BUDGET,
    },
    {
      what: `memory that the isolate used at its peak, ${number(large.events)} events waiting on ${name}`,
      peer: `${number(small.events)} events waiting`,
      theirs: megabytes(less),
      ours: megabytes(more),
      ratio: less / more,
      budget: `≤ ${FLAT_BUDGET} times; with garbage < 128 MB`,
      met: less / more >= 1 / FLAT_BUDGET && bytesOf(large.peak.there) < MEMORY_BUDGET,
    },
    {
      what: `PostgreSQL sink, rows a second, from files of ${name}'s outbox to committed rows`,
      peer: 'COPY of the same rows, text, same indexes',
      theirs: number(loaded.rows / loaded.copy),
      ours: number(loaded.rows / loaded.ours),
      ratio: loaded.copy / loaded.ours,
      budget: `≥ ${COPY_BUDGET}`,
      met: loaded.copy / loaded.ours >= COPY_BUDGET,
    },
  ]
}

function noteOf(name: OutboxName, { small, large, loaded }: Measured): string {
  const parts = (held: Held): string =>
    `${megabytes(bytesOf(held))} (heap ${megabytes(held.heap)}, buffers ${megabytes(held.buffers)})`
  const { accounts, fullCollections, between, used, there } = large.peak
  return (
    `Drain from ${name}: ${large.ticks} scheduled runs for ${number(large.events)} events. ` +
    `The isolate's memory in use: ${parts(small.peak.used)} at ${number(small.events)} events, ${parts(used)} at ${number(large.events)}, there ${parts(there)} with garbage; ` +
    `by V8's account after each of ${number(accounts)} collections, between two of which the heap grew by ${megabytes(between)} at most, ${number(fullCollections)} of them full; its heap was held at ${HEAP_MB} MB. ` +
    `All of workerd grew by ${megabytes(large.growth)}. ` +
    `PostgreSQL: ${number(loaded.rows)} rows, ${number(loaded.ours, 1)} s against ${number(loaded.copy, 1)} s, jsonb parsed by the server on both sides.`
  )
}

async function run(): Promise<Report> {
  if (!Number.isInteger(LARGE) || LARGE < SMALL) {
    throw new Error(`TSUGI_BENCH_EVENTS is a whole number from ${SMALL}`)
  }
  const rows: Row[] = []
  const notes: string[] = []
  for (const name of ['D1', 'Redis'] as const) {
    const small = await withV8(HEAP_ALWAYS_FULL, () => drainOf(name, SMALL))
    const large = await withV8(HEAP, () => drainOf(name, LARGE))
    const loaded = await withV8(HEAP, () => intoPostgres(name, IN_POSTGRES))
    const measured = { small, large, loaded }
    rows.push(...rowsOf(name, measured))
    notes.push(noteOf(name, measured))
  }
  return { rows, notes }
}

export const drainBench: Bench = {
  about: 'a backlog of each outbox to files: time, memory; and into PostgreSQL against COPY',
  run,
}
