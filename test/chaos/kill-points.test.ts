/**
 * SIGKILL at every step of the scheduled run: the worker's process is killed
 * right after each write of drain, snapshot, sinks and compaction, to D1,
 * R2, Redis and PostgreSQL, and started again on the same data. In the end
 * files and PostgreSQL hold every acked message once.
 *
 *   TSUGI_CHAOS=long        after every write; else once after a third of the kinds of writes, another on each store
 *   --silent=false          with the figures
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startLocalWorker, type LocalWorker } from '../../scripts/local-worker.ts'
import { client } from '../conformance/site/client.ts'
import { VARS } from '../conformance/site/configuration.ts'
import { openWarehouse, type Warehouse } from '../conformance/site/warehouse.ts'
import { freePorts } from '../support/postgres/free-ports.ts'
import { startPostgresServer, type PostgresServer } from '../support/postgres/server.ts'
import { readLedger, type Ledger } from './audit.ts'
import { openBacking, type Backing } from './backing.ts'
import { messagesIn } from './in-postgres.ts'
import { bundleInto, startKillSite, type KillSite } from './kill-points/site.ts'

const LONG = process.env['TSUGI_CHAOS'] === 'long'
const TIMEOUT_MS = LONG ? 3_600_000 : 600_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Longer than any lease. */
const LATER_MS = 4 * MINUTE_MS
/** Enough people that both of Redis' streams get some of each part. */
const PEOPLE = 6
const TODAY_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS

describe.each(['D1', 'Redis'] as const)(
  'SIGKILL at every write of a scheduled run on %s',
  (store) => {
    let folder: string
    let backing: Backing
    let postgres: PostgresServer
    let site: KillSite
    let worker: LocalWorker
    let warehouse: Warehouse
    let ledger: Ledger
    let inPostgres: readonly string[]
    const acked: string[] = []
    let steps: readonly string[] = []
    let points: readonly string[] = []
    const missed: string[] = []
    const unfinished: string[] = []

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'tsugi-kill-points-'))
      const stateFolder = join(folder, 'state')
      backing = await openBacking(store, folder)
      const [port] = await freePorts(1)
      postgres = await startPostgresServer(port as number)
      const options = {
        stateFolder,
        vars: { ...VARS, ...backing.vars },
        rateLimitPerMinute: null,
        hyperdrives: { HYPERDRIVE: postgres.url },
      }
      site = await startKillSite({
        ...options,
        scriptPath: await bundleInto(join(folder, 'bundle')),
      })
      await client(site.url).publish()
      const startMs = performance.now()
      await killEverywhere()
      await site.stop()
      const seconds = (performance.now() - startMs) / 1000

      worker = await startLocalWorker(options)
      inPostgres = await messagesIn(postgres)
      warehouse = await openWarehouse(await worker.bucket())
      ledger = await readLedger(worker, backing)
      console.log(
        `kill points on ${store}: ${steps.length} writes a run, of ${new Set(steps.map(kindOf)).size} kinds; ${points.length} kills in ${seconds.toFixed(0)} s, ${acked.length} messages acked`,
      )
    }, TIMEOUT_MS)
    afterAll(async () => {
      await warehouse?.close()
      await worker?.stop()
      await backing?.remove()
      await postgres?.remove()
      if (folder) await rm(folder, { recursive: true, force: true })
    })

    async function send(round: number, part: string, clockMs: number): Promise<void> {
      await site.setClock(clockMs)
      for (let person = 0; person < PEOPLE; person++) {
        const messageId = `round-${round}-${part}-${person}`
        const { status, body } = await client(site.url).post('/v1/track', {
          event: 'Product Viewed',
          messageId,
          userId: `person-${person}`,
          properties: { category: 'knitwear' },
        })
        if (status !== 200) throw new Error(`${messageId}: ${status} ${JSON.stringify(body)}`)
        acked.push(messageId)
      }
    }

    /** A day on which two files of one hour came to be, up to the next, whose first run has work of every kind. */
    async function upToTheRun(round: number): Promise<number> {
      const tenMs = TODAY_MS + (round + 1) * DAY_MS + 10 * HOUR_MS
      await send(round, 'first', tenMs)
      await site.tick(tenMs + MINUTE_MS)
      await send(round, 'second', tenMs + 2 * MINUTE_MS)
      await site.tick(tenMs + 3 * MINUTE_MS)
      const oneMs = tenMs + 15 * HOUR_MS
      await send(round, 'third', oneMs)
      return oneMs + MINUTE_MS
    }

    async function killEverywhere(): Promise<void> {
      // The first makes PostgreSQL's tables; the second is what every round is.
      await site.tick(await upToTheRun(0))
      await site.tick(await upToTheRun(1))
      steps = (await site.account()).passed
      const oneOfAKind = new Map(steps.toReversed().map((step) => [kindOf(step), step]))
      // A kill costs some seconds: the two stores share the kinds between them.
      const turn = store === 'D1' ? 0 : 1
      points = LONG ? steps : [...oneOfAKind.values()].toReversed().filter((_, i) => i % 3 === turn)
      for (const [index, at] of points.entries()) {
        if (index % 10 === 0) console.log(`kill points on ${store}: ${index} of ${points.length}`)
        const runMs = await upToTheRun(index + 2)
        if (!(await site.tickAndKill(runMs, at))) missed.push(at)
        await site.tick(runMs + LATER_MS)
        await site.tick(runMs + 2 * LATER_MS)
        if ((await site.account()).unfinished > 0) unfinished.push(at)
      }
    }

    /** By the kill after which it went wrong. */
    const blamed = (ids: Iterable<string>): string[] =>
      [...ids].map((id) => `${id}: killed after ${points[Number(id.split('-')[1]) - 2]}`)
    function expectOnce(ids: readonly string[]): void {
      const sent = ids.filter((id) => id.startsWith('round-'))
      const once = new Set(sent)
      expect({
        lost: blamed(acked.filter((id) => !once.has(id))),
        doubled: blamed(sent.filter((id, index) => sent.indexOf(id) !== index)),
        others: sent.length - acked.length,
      }).toEqual({ lost: [], doubled: [], others: 0 })
    }
    const inFiles = async (): Promise<string[]> =>
      (await warehouse.query('SELECT message_id FROM events')).map(
        (row) => row['message_id'] as string,
      )

    it('has writes of every job to every store', () => {
      for (const part of [
        ...['INSERT INTO lease', 'UPDATE lease', 'INSERT INTO manifest', 'R2 put events (batchId'],
        ...[
          "SET state = 'named'",
          "SET state = 'written'",
          "SET state = 'done'",
          'R2 put profiles',
        ],
        ...['PostgreSQL BEGIN', 'PostgreSQL INSERT', 'PostgreSQL COMMIT', 'INSERT INTO compaction'],
        ...['R2 put events (batches)', 'R2 delete', 'DELETE FROM compaction'],
        ...(store === 'D1' ? ['DELETE FROM outbox'] : ['XTRIM · tsugi:o:0', 'XTRIM · tsugi:o:1']),
      ]) {
        expect(steps.some((step) => step.includes(part)) ? [] : [part, ...steps]).toEqual([])
      }
      expect(points.length).toBeGreaterThan(LONG ? 20 : 7)
    })

    it('was killed at each of them', () => {
      expect(missed).toEqual([])
    })

    it('ended, two runs later, whatever it had begun', () => {
      expect(unfinished).toEqual([])
      expect([ledger.outbox, ledger.unfinishedBatches]).toEqual([0, 0])
    })

    it('filed every acked message once', async () => {
      expectOnce(await inFiles())
    })

    it('handed every acked message to PostgreSQL once, and what else is in the files', async () => {
      expectOnce(inPostgres)
      expect(inPostgres.toSorted()).toEqual((await inFiles()).toSorted())
    })

    it('left no file behind that no batch leads to', async () => {
      const database = await worker.database()
      const { results } = await database
        .prepare("SELECT DISTINCT path FROM manifest WHERE path LIKE 'events/%' ORDER BY path")
        .all<{ path: string }>()
      expect(warehouse.files.toSorted()).toEqual(results.map(({ path }) => path))
    })
  },
)

/** What is done, to whatever it is done. */
const kindOf = (point: string): string => point.slice(0, point.indexOf(' ·'))
