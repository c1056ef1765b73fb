/** A batch of one person's events over HTTP, against a bare Worker with one read and one commit of the same bytes. */
import { compileRelease } from '../worker/core/release/compile.ts'
import { cpuNote, duel } from './http/duel.ts'
import { ask } from './http/load.ts'
import { seed } from './http/seed.ts'
import { startSite, type Database, type Site } from './http/site.ts'
import { number, type Bench, type Report } from './harness/row.ts'
import { batchOf, EVENTS_A_BATCH } from './shop/batch.ts'
import { configurationOf, ORIGIN, USUAL } from './shop/configuration.ts'
import { peopleOf } from './shop/people.ts'

const PEOPLE = 400
const REQUESTS = 200
const ROUNDS = 9
const CONNECTIONS = 4
const BUDGET = 0.6

const headers = { origin: ORIGIN, 'content-type': 'text/plain' }

interface Written {
  readonly outbox: number
  readonly doc: number
}

/** What the newest of our requests left in the two tables, in bytes of UTF-8, on the mean. */
async function written(database: Database, requests: number): Promise<Written> {
  const outbox = await database
    .prepare(
      `SELECT avg(octet_length(body)) AS bytes FROM (SELECT body FROM outbox ORDER BY seq DESC LIMIT ?1)`,
    )
    .bind(requests)
    .first<{ bytes: number }>()
  const doc = await database
    .prepare(
      `SELECT avg(octet_length(doc)) AS bytes FROM profile WHERE version > 1 AND doc LIKE '{%'`,
    )
    .first<{ bytes: number }>()
  return { outbox: Math.round(outbox?.bytes ?? 0), doc: Math.round(doc?.bytes ?? 0) }
}

async function measure(site: Site): Promise<Report> {
  const config = configurationOf(USUAL)
  const epoch = await site.publish(config)
  const release = compileRelease(config, { number: 1, epoch, stopped: false })
  const people = peopleOf(release, PEOPLE, USUAL.actions, Date.now())
  await seed(site.database, people)
  // One half is ours, the other the bare Worker's, whose documents are only as long as ours.
  const half = PEOPLE / 2
  const batches = people.map(({ anonymousId }) => batchOf(anonymousId))
  let n = 0
  const bodyFrom = (from: number) => (): string => {
    n++
    return (batches[from + (n % half)] as (n: number) => string)(n)
  }
  const ours = { port: site.ourPort, path: '/v1/batch', headers, body: bodyFrom(0) }
  const amount = { requests: REQUESTS, connections: CONNECTIONS }
  const answer = await ask(ours)
  assertAnswer(answer)
  let size = await written(site.database, 1)
  const { throughput, cpu } = await duel(site, {
    rounds: ROUNDS,
    ours: () => ({ ...ours, ...amount }),
    theirs: () => ({
      ...ours,
      ...amount,
      port: site.barePort,
      path: `/commit?answer=${answer.length}&outbox=${size.outbox}&doc=${size.doc}`,
      body: bodyFrom(half),
    }),
    after: async () => {
      size = await written(site.database, REQUESTS)
    },
  })
  const { ours: own, theirs, theirsToOurs, spread } = throughput
  return {
    rows: [
      {
        what: `batch of ${EVENTS_A_BATCH} events of one person over HTTP`,
        peer: 'bare Worker: one D1 read, one commit of as many bytes',
        theirs: `${number(1 / theirs)}/s`,
        ours: `${number(1 / own)}/s`,
        ratio: theirsToOurs,
        budget: `≥ ${BUDGET}`,
        met: theirsToOurs >= BUDGET,
      },
    ],
    notes: [
      `batch: ${CONNECTIONS} connections, ${ROUNDS} rounds of ${REQUESTS} requests a side, ` +
        `middle half of the ratios ${number(spread[0], 2)}–${number(spread[1], 2)}; ` +
        `request ${number(Buffer.byteLength(ours.body()))} bytes, outbox row ${number(size.outbox)}, document ${number(size.doc)}. ` +
        `That is ${number(EVENTS_A_BATCH / own)} events a second. ${cpuNote(cpu)}`,
    ],
  }
}

function assertAnswer(answer: string): void {
  const { success, accepted } = JSON.parse(answer) as { success: boolean; accepted: number }
  if (!success || accepted !== EVENTS_A_BATCH) throw new Error(`not all were taken: ${answer}`)
}

export const batchHttpBench: Bench = {
  about: 'a batch of 50 events over HTTP against a bare Worker with one read and one commit',
  async run() {
    const site = await startSite()
    try {
      return await measure(site)
    } finally {
      await site.stop()
    }
  },
}
