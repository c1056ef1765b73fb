/** What requests cost on D1, by D1's own count, and what people weigh: the figures of docs/capacity.md. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { CAPS, worstCaseBytes } from '../worker/core/profile/caps.ts'
import type { ConfigurationStore } from '../worker/flow/configuration-ports.ts'
import { trackedSegments } from '../worker/core/release/segments.ts'
import { drain } from '../worker/flow/drain.ts'
import { redisCosts } from './capacity/redis-costs.ts'
import { identify, many, roomOf, taker, track, type Room } from './capacity/room.ts'
import { number, type Bench, type Row } from './harness/row.ts'
import { configurationOf } from './shop/configuration.ts'

async function costs(room: Room): Promise<string[]> {
  const { store, measure, configuration, drainDeps } = room
  const take = taker(room)
  const anonymous = (value: string) => ({ type: 'anonymous_id', value })
  const lines: string[] = []
  const line = async (what: string, work: () => Promise<unknown>, per = 1): Promise<void> => {
    const { trips, rowsRead, rowsWritten } = await measure(work)
    const each = (value: number): string => number(value / per, value % per === 0 ? 0 : 1)
    lines.push(`| ${what} | ${each(trips)} | ${each(rowsRead)} | ${each(rowsWritten)} |`)
  }
  await take([track('known'), identify('two-ids', 'user-2')])
  await line('decide: a stranger', () => store.load([anonymous('nobody')]))
  await line('decide: somebody known by one identifier', () => store.load([anonymous('known')]))
  await line('decide: userId and anonymousId', () =>
    store.load([{ type: 'user_id', value: 'user-2' }, anonymous('two-ids')]),
  )
  await line('event: the first of a new visitor', () => take([track('new')]))
  await line('event: one more of somebody known', () => take([track('known')]))
  await line('events: a batch of 50 of one person', () => take(many(50, () => track('known'))))
  await line('identify: a new userId for a known visitor', () =>
    take([identify('known', 'user-1')]),
  )
  await take([track('second-device')])
  await line('identify: two profiles merge', () => take([identify('second-device', 'user-1')]))
  await line('events: a batch of 50 new visitors', () => take(many(50, (i) => track(`crowd-${i}`))))
  await line('the same 50 again, each with a new event', () =>
    take(many(50, (i) => track(`crowd-${i}`))),
  )
  await publish(room.publishing)
  await line('release: nothing new (each isolate, every 5 s)', () => configuration.active(1, 0))
  await measure(() => drain(drainDeps, { holder: 'warm' }))
  for (let i = 0; i < 100; i++) await take([track(`drained-${i}`)])
  await line(
    'warehouse: drain, for each of 100 outbox rows',
    () => drain(drainDeps, { holder: 'bench' }),
    100,
  )
  await line('warehouse: drain, nothing to do (every minute)', () =>
    drain(drainDeps, { holder: 'idle' }),
  )
  return lines
}

async function publish(configuration: ConfigurationStore): Promise<void> {
  const draft = configurationOf({ segments: 10, actions: 2, placements: 1 })
  const revision = await configuration.writeDraft(draft, null, Date.now())
  if (revision === null) throw new Error('nobody else writes here')
  await configuration.publish(draft, revision, trackedSegments(draft), 'bench', Date.now())
}

const REPEATS = 400

/** How long SQLite is busy: its clock ticks in whole milliseconds, so many are added up. */
async function busy(room: Room): Promise<string[]> {
  const take = taker(room)
  const lines: string[] = []
  const line = async (what: string, work: (i: number) => Promise<unknown>): Promise<void> => {
    const { durationMs } = await room.measure(async () => {
      for (let i = 0; i < REPEATS; i++) await work(i)
    })
    const meanMs = durationMs / REPEATS
    lines.push(`| ${what} | ${number(meanMs, 2)} ms | ${number(1000 / meanMs)} |`)
  }
  const person = (i: number): string => `busy-${i % 50}`
  await take(many(5000, (i) => track(person(i))))
  await line('decide: one load', (i) =>
    room.store.load([{ type: 'anonymous_id', value: person(i) }]),
  )
  await line('an event: load and commit', (i) => take([track(person(i))]))
  await line('a batch of 50 of one person', (i) => take(many(50, () => track(person(i)))))
  return lines
}

const SIZES = [1, 10, 100, 1000] as const

/** The document of somebody after so many events, and what the outbox holds of one. */
async function documents(room: Room): Promise<string[]> {
  const take = taker(room)
  const lines: string[] = []
  for (const events of SIZES) {
    const who = `person-of-${events}`
    await take([identify(who, `user-of-${events}`)])
    for (let sent = 1; sent < events; sent += 100) {
      await take(many(Math.min(100, events - sent), () => track(who)))
    }
    const row = await room.database
      .prepare(
        `SELECT octet_length(doc) AS bytes FROM profile p
         JOIN identifier i ON i.profile_id = p.id WHERE i.type = 'anonymous_id' AND i.value = ?1`,
      )
      .bind(who)
      .first<{ bytes: number }>()
    lines.push(`| ${number(events)} | ${number(row?.bytes ?? NaN)} |`)
  }
  return lines
}

const CROWD = 2000

/** What one more visitor of ten events adds to the database file. */
async function bytesAPerson(room: Room): Promise<{ perPerson: number; perRow: number }> {
  const take = taker(room)
  const { database } = room
  const size = async (): Promise<number> =>
    (await database.prepare('SELECT 1').all()).meta.size_after ?? NaN
  const before = await size()
  for (let from = 0; from < CROWD; from += 50) {
    await take(many(500, (i) => track(`storage-${from + (i % 50)}`)))
  }
  const full = await size()
  const { bytes } = (await database
    .prepare('SELECT sum(octet_length(body)) AS bytes FROM outbox')
    .first<{ bytes: number }>()) ?? { bytes: NaN }
  return { perPerson: (full - before - bytes) / CROWD, perRow: bytes / (CROWD * 10) }
}

async function run() {
  const folder = await mkdtemp(join(tmpdir(), 'tsugi-bench-capacity-'))
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: 'export default { fetch: () => new Response() }',
      d1Databases: ['DB'],
      r2Buckets: ['BUCKET'],
      resourcePersistencePath: folder,
      telemetry: { enabled: false },
    }),
  )
  try {
    const room = await roomOf(miniflare)
    const requests = await costs(room)
    const onRedis = await redisCosts()
    const sizes = await documents(room)
    const times = await busy(room)
    await room.database.prepare('DELETE FROM outbox').run()
    const { perPerson, perRow } = await bytesAPerson(room)
    const worst = worstCaseBytes(CAPS)
    const row: Row = {
      what: 'profile, the largest that its caps allow',
      peer: '',
      theirs: '',
      ours: `${number(worst)} bytes`,
      ratio: null,
      budget: '≤ 65,536 bytes',
      met: worst <= 65_536,
    }
    return {
      rows: [row],
      notes: [
        "By D1's own count (`meta`):\n\n| request | trips | rows read | rows written |\n|---|--:|--:|--:|\n" +
          requests.join('\n'),
        'On Redis, as the bridge in front of it counts:\n\n| request | trips | commands |\n|---|--:|--:|\n' +
          onRedis.join('\n'),
        `How long SQLite is busy, on local disk, for people of 100 events (mean of ${REPEATS}):\n\n` +
          '| request | busy | so at most, a second |\n|---|--:|--:|\n' +
          times.join('\n'),
        'A profile document:\n\n| after so many events | bytes |\n|--:|--:|\n' + sizes.join('\n'),
        `A visitor of ten events adds ${number(perPerson)} bytes to the database for good, ` +
          `and each event ${number(perRow)} until it is drained.`,
      ],
    }
  } finally {
    await miniflare.dispose()
    await rm(folder, { recursive: true, force: true })
  }
}

export const capacityBench: Bench = {
  about: 'rows on D1 and commands on Redis by kind of request, and bytes a profile',
  run,
}
