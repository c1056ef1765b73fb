/**
 * SIGKILL at every step of the scheduled run: the worker's process is killed
 * right after each write of drain, snapshot, sinks and compaction, to D1,
 * R2, Redis and PostgreSQL, and started again on the same data. In the end
 * files and PostgreSQL hold every acked message once.
 *
 *   TSUGI_CHAOS=long        after every write; else once after a third of the kinds of writes, another on each store
 *   --silent=false          with the figures
 */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { client } from '../conformance/site/client.ts'
import { bundleInto, startKillSite, type KillSite } from './kill-points/site.ts'
import { expectOnce, expectSettled } from './once.ts'
import { openStage, STORES, type Aftermath, type Stage } from './stage.ts'

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

describe.each(STORES)('SIGKILL at every write of a scheduled run on %s', (store) => {
  let stage: Stage
  let site: KillSite
  let after: Aftermath
  const acked: string[] = []
  let steps: readonly string[] = []
  let points: readonly string[] = []
  const missed: string[] = []
  const unfinished: string[] = []

  beforeAll(async () => {
    stage = await openStage(store)
    const scriptPath = await bundleInto(join(stage.folder, 'bundle'))
    site = await startKillSite({ ...stage.options, scriptPath })
    await client(site.url).publish()
    const startMs = performance.now()
    await killEverywhere()
    await site.stop()
    const seconds = (performance.now() - startMs) / 1000

    after = await stage.aftermath(0)
    console.log(
      `kill points on ${store}: ${steps.length} writes a run, of ${new Set(steps.map(kindOf)).size} kinds; ${points.length} kills in ${seconds.toFixed(0)} s, ${acked.length} messages acked`,
    )
  }, TIMEOUT_MS)
  afterAll(() => stage?.remove())

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
  const blamed = (id: string): string =>
    `${id}: killed after ${points[Number(id.split('-')[1]) - 2]}`
  const expectAckedOnce = (ids: readonly string[]): void =>
    expectOnce(
      acked,
      ids.filter((id) => id.startsWith('round-')),
      blamed,
    )

  it('has writes of every job to every store', () => {
    for (const part of [
      ...['INSERT INTO lease', 'UPDATE lease', 'INSERT INTO manifest', 'R2 put events (batchId'],
      ...["SET state = 'named'", "SET state = 'written'", "SET state = 'done'", 'R2 put profiles'],
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

  it('ended, two runs later, whatever it had begun, and left no file that no batch leads to', async () => {
    expect(unfinished).toEqual([])
    await expectSettled(after)
  })

  it('filed every acked message once', () => {
    expectAckedOnce(after.inFiles)
  })

  it('handed every acked message to PostgreSQL once, and what else is in the files', () => {
    expectAckedOnce(after.inPostgres)
    expect(after.inPostgres.toSorted()).toEqual(after.inFiles.toSorted())
  })
})

/** What is done, to whatever it is done. */
const kindOf = (point: string): string => point.slice(0, point.indexOf(' ·'))
